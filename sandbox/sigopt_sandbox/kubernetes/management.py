"""The cluster that the operator runs in: what it needs of Kubernetes, and no nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sigopt_sandbox.kubernetes.api_server import ApiServer, ApiServerSettings, start_api_server
from sigopt_sandbox.kubernetes.certificates import private_key, serving_certificates, write_private
from sigopt_sandbox.kubernetes.controllers import start_controllers
from sigopt_sandbox.kubernetes.etcd import Etcd, start_etcd
from sigopt_sandbox.ports import Ports
from sigopt_sandbox.processes import Child, stop, wait_until
from sigopt_sandbox.programs import Programs, find
from sigopt_sandbox.web import answers

PROGRAMS = frozenset({"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"})
"""What a management cluster needs, and kubectl for its users."""

CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
)


@dataclass(frozen=True)
class Management:
    """A running management cluster."""

    programs: Programs
    etcd: Etcd
    server: ApiServer

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.server.kubeconfig


def management_api_server(
    programs: Programs, directory: Path, logs: Path, etcd: Etcd, ports: Ports
) -> ApiServer:
    """Start the API server, with its files in `directory`; etcd must answer already."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = ApiServerSettings("management", directory, logs, etcd.url)
    serving_certificates("management").write(directory)
    write_private(settings.service_account_key, private_key())
    return start_api_server(programs, settings, ports)


def wait_for_controllers(server: ApiServer, controllers: Child) -> None:
    """Return once they act: the default namespace has its service account."""
    account = f"{server.url}/api/v1/namespaces/default/serviceaccounts/default"
    act = partial(answers, account, token=server.access.token, authority=server.settings.authority)
    wait_until(act, what="the default service account", children=[controllers])


@contextmanager
def management_cluster(directory: Path) -> Iterator[Management]:
    """A management cluster alone, ready, which ends with the block or with this process."""
    programs, ports, logs = find(PROGRAMS), Ports(), directory / "logs"
    started: list[Child] = []
    try:
        etcd = start_etcd(programs, directory / "etcd", logs / "etcd.log", ports)
        started.append(etcd.child)
        etcd.wait()
        server = management_api_server(programs, directory / "management", logs, etcd, ports)
        started.append(server.child)
        server.wait()
        controllers = start_controllers(programs, server, CONTROLLERS)
        started.append(controllers)
        wait_for_controllers(server, controllers)
        yield Management(programs, etcd, server)
    finally:
        stop(*((child,) for child in reversed(started)))
        ports.close()
