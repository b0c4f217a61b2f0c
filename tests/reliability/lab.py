"""One sandbox in which many runs go side by side, each with an operator process of its own.

Of it, tests of crashes, faults and load are made:

    with laboratory(directory, speed=600) as lab:
        with lab.tenant() as tenant:
            tenant.start()
            tenant.apply(spec)
            tenant.waits(lambda sight: sight.ready, "it is Ready")
            ...
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import urllib3
from tests.reliability.accounts import Accounts
from tests.reliability.kube import OBJECTS, Kube, KubeError, Watch
from tests.reliability.nursery import Nursery
from tests.reliability.tenant import Sight, Tenant

from sigopt_operator.api import resource
from sigopt_sandbox.installed import Installed, install
from sigopt_sandbox.launcher import Sandbox, running

DEPLOY = Path(__file__).parents[2] / "deploy"
FIRST_ACCOUNT = 300_000_000_000
SPEED = 600.0
AGAIN = 0.1
"""Seconds until a watch that ended begins anew."""


@dataclass
class Lab:
    """A sandbox, a nursery, and who is in it. Safe to use from many threads."""

    sandbox: Sandbox
    nursery: Nursery
    directory: Path
    installed: Installed
    """What an operator runs with that serves all, as deployed."""
    kube: Kube
    accounts: Accounts
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _tenants: dict[str, Tenant] = field(default_factory=dict)
    _watch: Watch | None = None
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def kubeconfig(self) -> Path:
        """Of deploy/base's ServiceAccount: what operators run with."""
        return Path(self.installed.env["KUBECONFIG"])

    @contextmanager
    def tenant(self, *, leased: bool = False) -> Iterator[Tenant]:
        """A run of its own: nothing of it is left in the management cluster afterwards."""
        number = next(self._numbers)
        namespace = f"run-{uuid4().hex[:8]}"
        tenant = Tenant(
            sandbox=self.sandbox,
            kube=self.kube,
            accounts=self.accounts,
            nursery=self.nursery,
            namespace=namespace,
            account=str(FIRST_ACCOUNT + number),
            directory=self.directory / namespace,
            kubeconfig=self.kubeconfig,
            leased=leased,
        )
        self._tenants[namespace] = tenant
        try:
            tenant.arrive()
            yield tenant
        finally:
            tenant.leave()
            del self._tenants[namespace]

    def follow(self) -> None:
        """Show every change of a resource to the tenant whose it is, until the lab closes."""
        while not self._closing.is_set():
            with suppress(urllib3.exceptions.HTTPError, OSError, KubeError):
                self._watch = self.kube.watch(f"{OBJECTS}/{resource.PLURAL}")
                for event in self._watch:
                    self._show(event["type"], event["object"])
            self._closing.wait(AGAIN)

    def close(self) -> None:
        """Nobody follows any more."""
        self._closing.set()
        if self._watch is not None:
            with suppress(OSError, RuntimeError):  # it has ended by itself
                self._watch.end()

    def _show(self, kind: str, found: dict[str, object]) -> None:
        metadata = found.get("metadata")
        if kind in ("ADDED", "MODIFIED", "DELETED") and isinstance(metadata, dict):
            tenant = self._tenants.get(metadata["namespace"])
            if tenant is not None:
                tenant.saw(Sight(kind == "DELETED", found))


@contextmanager
def laboratory(directory: Path, speed: float = SPEED) -> Iterator[Lab]:
    """A lab in that directory, which ends with the block."""
    with running(directory / "sandbox", speed, "light") as sandbox, Nursery() as nursery:
        lab = Lab(
            installed=install(sandbox, DEPLOY),
            sandbox=sandbox,
            nursery=nursery,
            directory=directory / "runs",
            kube=Kube.of(Path(sandbox.state.admin_kubeconfig)),
            accounts=Accounts(sandbox),
        )
        threading.Thread(target=lab.follow, name="watch", daemon=True).start()
        try:
            yield lab
        finally:
            lab.close()
