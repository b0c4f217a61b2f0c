"""kube-controller-manager and kube-scheduler of an API server that is ready."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sigopt_sandbox.kubernetes.api_server import ApiServer
from sigopt_sandbox.ports import LOOPBACK
from sigopt_sandbox.processes import Child, start
from sigopt_sandbox.programs import Programs

# No port is opened: nobody reads their metrics. One instance needs no leader election.
_COMMON = (f"--bind-address={LOOPBACK}", "--secure-port=0", "--leader-elect=false")


def start_controllers(
    programs: Programs, server: ApiServer, controllers: Sequence[str], flags: Sequence[str] = ()
) -> Child:
    """Start the controllers named (`*` for all that are on by default) against `server`."""
    settings = server.settings
    argv: list[str | Path] = [
        programs.path("kube-controller-manager"),
        *_COMMON,
        f"--kubeconfig={server.kubeconfig}",
        f"--controllers={','.join(controllers)}",
        f"--service-account-private-key-file={settings.service_account_key}",
        f"--root-ca-file={settings.authority}",
        "--use-service-account-credentials=false",
        *flags,
    ]
    name = f"kube-controller-manager of {settings.name}"
    return start(name, argv, log=settings.logs / "kube-controller-manager.log")


def start_scheduler(programs: Programs, server: ApiServer, flags: Sequence[str] = ()) -> Child:
    """Start a scheduler against `server`."""
    argv: list[str | Path] = [
        programs.path("kube-scheduler"),
        *_COMMON,
        f"--kubeconfig={server.kubeconfig}",
        *flags,
    ]
    name = f"kube-scheduler of {server.settings.name}"
    return start(name, argv, log=server.settings.logs / "kube-scheduler.log")
