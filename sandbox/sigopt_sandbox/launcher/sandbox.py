"""The handle of a running sandbox."""

from __future__ import annotations

import os
import select
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigopt_sandbox.kubernetes.service_accounts import DAY, service_account_kubeconfig
from sigopt_sandbox.launcher.errors import SandboxError
from sigopt_sandbox.launcher.layout import Layout
from sigopt_sandbox.launcher.state import State
from sigopt_sandbox.weather.sky import EVERYBODY, PATH
from sigopt_sandbox.web import call

_DOWN_SECONDS = 40.0
_KILLED_SECONDS = 10.0


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that was running when this was loaded."""

    layout: Layout
    state: State

    @classmethod
    def load(cls, directory: Path | str) -> Sandbox:
        """The sandbox that runs in `directory`; SandboxError when none does."""
        layout = Layout.of(directory)
        if layout.holder() is None:
            raise SandboxError(
                f"no sandbox runs in {layout.directory}: start one with `sandbox up`"
            )
        try:
            return cls(layout, State.read(layout.state))
        except FileNotFoundError as error:
            raise SandboxError(
                f"the sandbox in {layout.directory} is being started or ended"
            ) from error

    @property
    def kubeconfig(self) -> Path:
        """The administrator's of the management cluster."""
        return Path(self.state.kubeconfig)

    @property
    def endpoint_url(self) -> str:
        """What AWS_ENDPOINT_URL is set to: the simulated AWS through microburst."""
        return self.state.endpoint_url

    def env(self) -> dict[str, str]:
        """The environment variables that make kubectl, the aws CLI and boto3 use this sandbox.

        PATH has the Kubernetes programs before what this process has in it.
        """
        return {
            "KUBECONFIG": self.state.kubeconfig,
            "AWS_ENDPOINT_URL": self.state.endpoint_url,
            "AWS_REGION": self.state.region,
            "AWS_DEFAULT_REGION": self.state.region,
            "AWS_ACCESS_KEY_ID": self.state.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.state.secret_access_key,
            "PATH": f"{self.state.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }

    def program(self, name: str) -> Path:
        """One of the Kubernetes programs, such as "kubectl"."""
        found = shutil.which(name, path=self.state.programs)
        if found is None:
            raise SandboxError(f"{name} is not in {self.state.programs}")
        return Path(found)

    def service_account_kubeconfig(
        self, namespace: str, name: str, path: Path, seconds: int = DAY
    ) -> Path:
        """Write a kubeconfig of a service account of the management cluster; its path."""
        admin = Path(self.state.admin_kubeconfig)
        return service_account_kubeconfig(admin, namespace, name, path, seconds)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the simulated AWS's admin API, `path` being what follows /_sandbox/."""
        return call(method, f"{self.state.aws_url}/_sandbox/{path}", body)

    def fail(self, what: str, how: str) -> None:
        """Let the next transition of `what` end as `how` says: "CREATE_FAILED:the message"."""
        self.admin("POST", "fail", {"what": what, "how": how})

    def freeze(self, what: str, on: bool = True) -> None:
        """Hold the transitions of `what`, or let them go on."""
        self.admin("POST", "freeze", {"what": what, "on": on})

    def go_at(self, speed: int) -> None:
        """Let AWS's time pass so many times faster from now on; what waits goes on as it began."""
        self.admin("PUT", "speed", {"speed": speed})

    def make_older(self, seconds: float) -> None:
        """Have every EKS cluster created so many real seconds earlier than it was."""
        self.admin("POST", "clusters/older", {"seconds": seconds})

    def dump(self, account: str = "", *, whole: bool = False) -> dict[str, Any]:
        """Everything that exists in the simulated AWS, or in one account of it.

        `whole` adds the record of each thing, as the simulation keeps it.
        """
        wanted = f"dump?account={account}" + ("&whole=1" if whole else "")
        dumped: dict[str, Any] = self.admin("GET", wanted)
        return dumped

    def leaks(self, account: str = "") -> list[dict[str, Any]]:
        """What exists in the simulated AWS, or in one account, beyond what there was before."""
        leaked: list[dict[str, Any]] = self.admin("GET", f"leaks?account={account}")
        return leaked

    def remember(self, account: str) -> None:
        """What exists in this account now is no leak."""
        self.admin("POST", f"baseline?account={account}")

    def calls(self) -> dict[str, Any]:
        """How often each caller called each operation: {"total": n, "by": {caller: {...}}}."""
        counted: dict[str, Any] = self.admin("GET", "calls")
        return counted

    def reset_calls(self) -> None:
        """Count calls from zero."""
        self.admin("DELETE", "calls")

    def note_calls(self, on: bool) -> None:
        """From now on, keep which call came when; or stop."""
        self.admin("PUT", "calls/journal", {"on": on})

    def noted_calls(self) -> list[dict[str, Any]]:
        """What was kept: [{"at": monotonic seconds, "operation": "eks:...", "about": path}]."""
        noted: list[dict[str, Any]] = self.admin("GET", "calls/journal")
        return noted

    def faults(self, rules: Sequence[Any]) -> None:
        """Have microburst apply these rules in place of the earlier ones; none ends them all."""
        call("POST", f"{self.state.endpoint_url}/_microburst/rules", list(rules))

    def weather(self, climate: Mapping[str, Any] | None, over: str = EVERYBODY) -> None:
        """The climate (sigopt_sandbox.weather.climate) between its AWS and an account's clients.

        None ends it. Over everybody by default, but for accounts that have a climate of their own.
        """
        method = "DELETE" if climate is None else "PUT"
        call(method, f"{self.state.endpoint_url}{PATH}/{over}", climate)

    def weather_so_far(self) -> dict[str, dict[str, int]]:
        """By account: how many requests met the weather, and what it did to them."""
        told: dict[str, dict[str, int]] = call("GET", f"{self.state.endpoint_url}{PATH}")
        return told

    def down(self) -> None:
        """End the sandbox, if it has not ended; returns when its processes have."""
        end(self.layout)


def end(layout: Layout) -> bool:
    """End the sandbox that runs here; False when none does.

    A supervisor that does not end in time is killed, and its children with it.
    """
    supervisor = layout.holder()
    if supervisor is None:
        layout.remove_secrets()
        return False
    try:
        handle = os.pidfd_open(supervisor)
    except ProcessLookupError:
        handle = None
    if handle is not None:
        try:
            _end_process(handle, layout)
        finally:
            os.close(handle)
    layout.remove_secrets()
    return True


def _end_process(handle: int, layout: Layout) -> None:
    """End the process of a pidfd, which becomes readable when the process has ended."""
    for number, seconds in ((signal.SIGTERM, _DOWN_SECONDS), (signal.SIGKILL, _KILLED_SECONDS)):
        try:
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return
        if select.select([handle], [], [], seconds)[0]:
            return
    raise SandboxError(f"the supervisor of {layout.directory} does not end")
