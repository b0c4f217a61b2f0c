"""An etcd that one sandbox's API servers share, each under a prefix of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sigopt_sandbox.ports import LOOPBACK, Ports
from sigopt_sandbox.processes import Child, start, wait_until
from sigopt_sandbox.programs import Programs
from sigopt_sandbox.web import answers

_QUOTA_BYTES = 4 * 2**30


@dataclass(frozen=True)
class Etcd:
    """A running etcd."""

    child: Child
    url: str
    """Where clients connect, without TLS."""

    def wait(self) -> None:
        """Return once it answers; ProcessError if it ends before or takes too long."""
        wait_until(lambda: answers(f"{self.url}/health"), what="etcd", children=[self.child])


def start_etcd(programs: Programs, data: Path, log: Path, ports: Ports) -> Etcd:
    """Start etcd with its data in `data`; see `Etcd.wait`.

    Nothing here outlives a sandbox, so it never waits for the disk.
    """
    client, peer = (f"http://{LOOPBACK}:{ports.take()}" for _ in range(2))
    flags = (
        f"--data-dir={data}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        f"--quota-backend-bytes={_QUOTA_BYTES}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    )
    return Etcd(start("etcd", [programs.path("etcd"), *flags], log=log), client)
