"""Running the `clusters` process (and an etcd) for a test, and asking the clusters in it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from tests.sandbox.clusters_fakes import FakeAws

from sigopt_sandbox import processes, programs
from sigopt_sandbox.ports import Ports


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """The first truthy answer of `condition`; fails the test with `what` when none comes."""
    answer: Any = None

    def holds() -> bool:
        nonlocal answer
        answer = condition()
        return bool(answer)

    processes.wait_until(holds, what=what)
    return answer


@dataclass(frozen=True)
class Answer:
    """An API server's answer."""

    status: int
    body: Any


@dataclass(frozen=True)
class Api:
    """A caller's way into a cluster."""

    url: str
    authority: Path
    token: str

    def __call__(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        with urllib3.PoolManager(ca_certs=str(self.authority)) as pool:
            response = pool.request(
                method,
                self.url + path,
                body=None if body is None else json.dumps(body),
                headers=headers,
                retries=False,
            )
        text = response.data.decode()
        return Answer(response.status, json.loads(text) if text.startswith("{") else text)

    def apply(self, path: str, manifest: dict[str, Any], manager: str = "test") -> Answer:
        return self(
            "PATCH",
            f"{path}?fieldManager={manager}&force=true",
            manifest,
            "application/apply-patch+yaml",
        )


@dataclass(frozen=True)
class ClustersProcess:
    """The running process."""

    child: processes.Child
    directory: Path
    aws: FakeAws

    def cluster_directory(self, name: str) -> Path:
        return self.directory / "clusters" / f"111122223333-us-west-2-{name}"

    def log(self, name: str, program: str) -> str:
        logs = self.directory / "logs" / "clusters" / f"111122223333-us-west-2-{name}"
        return (logs / f"{program}.log").read_text()

    def endpoint(self, name: str) -> dict[str, str]:
        """What was reported for a cluster, once it was."""

        def reported() -> dict[str, str] | None:
            self.child.check()
            return self.aws.endpoints.get(name)

        answer: dict[str, str] = eventually(reported, f"the endpoint of {name} is reported")
        return answer

    def api(self, name: str, token: str) -> Api:
        """The cluster, as the bearer of `token` reaches it with what AWS was told."""
        endpoint = self.endpoint(name)
        authority = self.directory / f"{name}-authority.pem"
        authority.write_bytes(base64.b64decode(endpoint["certificateAuthority"]))
        return Api(endpoint["endpoint"], authority, token)

    def admin(self, name: str) -> Api:
        """The cluster, as its administrator."""
        self.endpoint(name)
        kubeconfig = json.loads((self.cluster_directory(name) / "kubeconfig").read_text())
        return self.api(name, kubeconfig["users"][0]["user"]["token"])

    def programs(self) -> set[str]:
        """The names of the programs that the process runs now."""
        return {comm for comm, _ in self._children()}

    def _children(self) -> Iterator[tuple[str, int]]:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                before, _, after = stat.read_text().rpartition(")")
            except (FileNotFoundError, ProcessLookupError):
                continue  # ended while it was looked at
            if int(after.split()[1]) == self.child.pid:
                yield before.partition("(")[2], int(stat.parent.name)

    def children(self) -> list[int]:
        """The process ids of the programs."""
        return [pid for _, pid in self._children()]


@contextmanager
def running(aws: FakeAws, endpoints: str) -> Iterator[ClustersProcess]:
    """The process with a directory, and for real endpoints an etcd, of its own."""
    with tempfile.TemporaryDirectory(prefix="clusters-") as name, _etcd(endpoints, name) as etcd:
        directory = Path(name)
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "sigopt_sandbox.clusters",
            "--dir",
            directory,
        ]
        options = ["--aws", aws.url, "--etcd", etcd, "--endpoints", endpoints]
        child = processes.start("clusters", [*command, *options], log=directory / "clusters.log")
        try:
            yield ClustersProcess(child, directory, aws)
        finally:
            processes.stop([child], grace=20)
            sys.stderr.write(child.last_lines(40))  # pytest shows it when a test fails


@contextmanager
def _etcd(endpoints: str, directory: str) -> Iterator[str]:
    if endpoints == "light":
        yield ""
        return
    ports = Ports()
    client, peer = (f"http://127.0.0.1:{ports.take()}" for _ in range(2))
    flags = [
        f"--data-dir={directory}/etcd",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]
    program = programs.find({"etcd"}).path("etcd")
    child = processes.start("etcd", [program, *flags], log=Path(directory) / "etcd.log")
    try:
        yield client
    finally:
        processes.stop([child])
        ports.close()


def kubectl(kubeconfig: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run kubectl and return what it said, whatever its exit status."""
    program = programs.find({"kubectl"}).path("kubectl")
    return subprocess.run(
        [str(program), "--kubeconfig", str(kubeconfig), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
