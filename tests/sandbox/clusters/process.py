"""Running the `clusters` process (and an etcd) for a test, and asking the clusters in it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from tests.sandbox.clusters.fakes import FakeAws

from sigopt_sandbox import processes, programs
from sigopt_sandbox.kubernetes import read_access, start_etcd
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
    etcd_url: str

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
        return self.api(name, read_access(self.cluster_directory(name) / "kubeconfig").token)

    def children(self) -> list[int]:
        """The process ids of the programs that run now."""
        return [int(stat.parent.name) for stat in self._stats()]

    def kill(self, program: str, name: str) -> None:
        """Kill one program of a cluster."""
        for stat in self._stats():
            command = (stat.parent / "cmdline").read_text()
            if program in command.split("\0")[0] and f"/{name}/" in command:
                os.kill(int(stat.parent.name), signal.SIGKILL)

    def etcd_keys(self) -> str:
        """All keys of simulated clusters in etcd."""
        body = {"key": _base64("/clusters/"), "range_end": _base64("/clusters0"), "keys_only": True}
        answer = urllib3.request("POST", f"{self.etcd_url}/v3/kv/range", json=body).json()
        return "\n".join(base64.b64decode(kv["key"]).decode() for kv in answer.get("kvs", []))

    def _stats(self) -> Iterator[Path]:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue  # ended while it was looked at
            if int(parent) == self.child.pid and state != "Z":
                yield stat


def _base64(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


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
            yield ClustersProcess(child, directory, aws, etcd)
        finally:
            processes.stop([child], grace=20)
            sys.stderr.write(child.last_lines(40))  # pytest shows it when a test fails


@contextmanager
def _etcd(endpoints: str, directory: str) -> Iterator[str]:
    if endpoints == "light":
        yield ""
        return
    ports = Ports()
    data = Path(directory)
    etcd = start_etcd(programs.find({"etcd"}), data / "etcd", data / "etcd.log", ports)
    try:
        etcd.wait()
        yield etcd.url
    finally:
        processes.stop([etcd.child])
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
