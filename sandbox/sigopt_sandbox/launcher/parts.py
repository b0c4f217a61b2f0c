"""The parts of a sandbox, in the order in which they start."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sigopt_sandbox
from sigopt_sandbox import processes
from sigopt_sandbox.kubernetes.api_server import ApiServer
from sigopt_sandbox.kubernetes.controllers import start_controllers
from sigopt_sandbox.kubernetes.etcd import start_etcd
from sigopt_sandbox.kubernetes.kubeconfig import write_kubeconfig
from sigopt_sandbox.kubernetes.management import (
    CONTROLLERS,
    management_api_server,
    wait_for_controllers,
)
from sigopt_sandbox.launcher.administrator import create_administrator
from sigopt_sandbox.launcher.errors import SandboxError
from sigopt_sandbox.launcher.layout import Layout
from sigopt_sandbox.launcher.quotas import raise_quotas
from sigopt_sandbox.launcher.state import State
from sigopt_sandbox.ports import LOOPBACK, Ports
from sigopt_sandbox.processes import Child
from sigopt_sandbox.programs import ALL, Programs, find
from sigopt_sandbox.web import answers, call

_ROOM = Path(sigopt_sandbox.__file__).parent.parent
"""The directory from which `sigopt_sandbox` is imported."""
_GRACE_SECONDS = 10.0
"""The clusters process ends the programs of every simulated cluster in this time."""


@dataclass(frozen=True)
class Wanted:
    """What `sandbox up` was asked for."""

    layout: Layout
    speed: float
    endpoints: str


@dataclass
class Parts:
    """The children that were started so far; `stop` may be called at any time."""

    wanted: Wanted
    say: Callable[[str], None]
    """Reports what is being done."""
    ports: Ports = field(default_factory=Ports)
    children: dict[str, Child] = field(default_factory=dict)

    def start(self) -> State:
        """Start everything; returns when all of it is ready.

        Raises SandboxError, ProcessError, ProgramsError or AnswerError; what was started by then
        is for `stop`.
        """
        layout = self.wanted.layout
        aws_python = find_aws_python()
        programs = find(ALL, self.say)
        self.say("starting etcd and the simulated AWS")
        etcd = start_etcd(programs, layout.etcd, layout.logs / "etcd.log", self.ports)
        self.children["etcd"] = etcd.child
        aws_url, endpoint_url = self._start_aws(aws_python), self._free_url()
        etcd.wait()
        self.say("starting the management cluster")
        server = management_api_server(programs, layout.management, layout.logs, etcd, self.ports)
        self.children["kube-apiserver"] = server.child
        self._start_microburst(endpoint_url, aws_url)
        self._wait_for_aws(aws_url, endpoint_url)
        self.say("waiting for the management cluster")
        server.wait()
        controllers = start_controllers(programs, server, CONTROLLERS)
        self.children["kube-controller-manager"] = controllers
        if self.wanted.endpoints != "none":
            self._start_clusters(aws_url, endpoint_url, etcd.url)
        state = self._state(programs, server, etcd.url, aws_url, endpoint_url)
        wait_for_controllers(server, controllers)
        self.check()
        return state

    def stop(self) -> None:
        """End what was started, last first: an API server that lost its etcd needs to be killed."""
        last_first = reversed(self.children.values())
        processes.stop(*([child] for child in last_first), grace=_GRACE_SECONDS)
        self.ports.close()

    def check(self) -> None:
        """Raise ProcessError if a child has ended."""
        for child in self.children.values():
            child.check()

    def _start_aws(self, python: Path) -> str:
        url, wanted = self._free_url(), self.wanted
        argv = (
            *(python, "-m", "sigopt_sandbox.aws"),
            f"--port={_port(url)}",
            f"--speed={wanted.speed}",
            f"--dir={wanted.layout.directory}",
            f"--endpoints={wanted.endpoints}",
        )
        wanted.layout.aws.mkdir()
        self._start("aws", argv, {"PYTHONPATH": str(_ROOM)}, wanted.layout.aws)
        return url

    def _start_microburst(self, url: str, upstream: str) -> None:
        argv = (
            *(sys.executable, "-P", "-m", "sigopt_sandbox.proxy"),
            f"--port={_port(url)}",
            f"--upstream={upstream}",
            f"--speed={self.wanted.speed}",
        )
        self._start("microburst", argv)

    def _start_clusters(self, aws_url: str, endpoint_url: str, etcd_url: str) -> None:
        wanted = self.wanted
        argv = (
            *(sys.executable, "-P", "-m", "sigopt_sandbox.clusters"),
            f"--dir={wanted.layout.directory}",
            f"--aws={aws_url}",
            f"--also-host={endpoint_url.removeprefix('http://')}",
            f"--etcd={etcd_url}",
            f"--endpoints={wanted.endpoints}",
            f"--speed={wanted.speed}",
        )
        self._start("clusters", argv)

    def _wait_for_aws(self, aws_url: str, endpoint_url: str) -> None:
        for name, url in (
            ("aws", f"{aws_url}/_sandbox/ready"),
            ("microburst", f"{endpoint_url}/_microburst/health"),
        ):
            child = self.children[name]
            processes.wait_until(partial(answers, url), what=name, children=[child])

    def _state(
        self, programs: Programs, server: ApiServer, etcd_url: str, aws_url: str, endpoint_url: str
    ) -> State:
        self.say("creating the IAM user sandbox-admin")
        key_id, secret = create_administrator(aws_url)
        raise_quotas(aws_url)
        call("DELETE", f"{aws_url}/_sandbox/calls")
        call("POST", f"{aws_url}/_sandbox/baseline")
        pids = {name: child.pid for name, child in self.children.items()}
        return State(
            aws_url=aws_url,
            endpoint_url=endpoint_url,
            etcd_url=etcd_url,
            kubeconfig=str(write_kubeconfig(self.wanted.layout.kubeconfig, server.access)),
            admin_kubeconfig=str(server.kubeconfig),
            access_key_id=key_id,
            secret_access_key=secret,
            speed=self.wanted.speed,
            endpoints=self.wanted.endpoints,
            programs=programs.search_path,
            pids={"supervisor": os.getpid()} | pids,
        )

    def _start(
        self,
        name: str,
        argv: tuple[str | Path, ...],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        log = self.wanted.layout.logs / f"{name}.log"
        environment = environment_without_aws() | dict(env or {})
        self.children[name] = processes.start(name, argv, log=log, env=environment, cwd=cwd)

    def _free_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.take()}"


def find_aws_python() -> Path:
    """The interpreter of the environment that has ministack; SandboxError when there is none."""
    given = os.environ.get("SANDBOX_AWS_PYTHON")
    python = Path(given) if given else _ROOM.parent / ".venv-aws" / "bin" / "python"
    if not python.exists():
        raise SandboxError(
            f"the simulated AWS has no interpreter at {python}: `make setup` makes it, or set"
            " SANDBOX_AWS_PYTHON to one that has requirements/aws.txt"
        )
    return python


def environment_without_aws() -> dict[str, str]:
    """This process's environment, less a developer's own AWS settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _port(url: str) -> str:
    return url.rpartition(":")[2]
