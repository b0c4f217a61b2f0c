"""The lease by which one cluster-autoscaler of several acts.

It lasts 15 real seconds whatever the sandbox's speed: whoever looks at it does so in real time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.troubles import KUBERNETES, told
from sigopt_sandbox.clusters.autoscaler.values.pods import moment
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.resources import Resource

DURATION = 15
RENEW_SECONDS = 5.0
RETRY_SECONDS = 1.0
GIVEN_UP_AFTER = 15.0
"""Seconds without a renewal after which the lease counts as lost."""
_LEASE = Resource("coordination.k8s.io", "v1", "Lease", "leases", True)


@dataclass
class Lease:
    """A lease of the cluster, held in the name of one Pod."""

    api: KubeApi
    journal: Journal
    namespace: str
    name: str
    holder: str
    ended: Set[str]
    """Pods of this stand-in that are no more: what they held need not be waited for."""
    _renewed: float = float("-inf")

    async def acquire(self) -> None:
        """Return when the lease is held, however long that takes."""
        self.journal.seen(f"attempting to acquire leader lease {self.namespace}/{self.name}...")
        while not await self._try():
            await asyncio.sleep(RETRY_SECONDS)
        self.journal.seen(f"successfully acquired lease {self.namespace}/{self.name}")

    async def renew(self) -> bool:
        """Keep the lease, when it is time to; False when it was lost."""
        if time.monotonic() - self._renewed < RENEW_SECONDS or await self._try():
            return True
        return time.monotonic() - self._renewed < GIVEN_UP_AFTER

    async def _try(self) -> bool:
        what = f"resource lock {self.namespace}/{self.name}"
        try:
            there = await self.api.get(_LEASE.path(self.name, self.namespace))
        except KUBERNETES as error:
            self.journal.error(f"error retrieving {what}: {told(error)}")
            return False
        if there is not None and not self._free(there["spec"]):
            return False
        try:
            await self._write(there)
        except KUBERNETES as error:
            doing = "initially creating leader election record" if there is None else "update"
            self.journal.error(f"error {doing} of {what}: {told(error)}")
            return False
        self._renewed = time.monotonic()
        return True

    def _free(self, spec: dict[str, Any]) -> bool:
        holder = spec.get("holderIdentity")
        if not holder or holder == self.holder or holder in self.ended:
            return True
        lasts = timedelta(seconds=spec.get("leaseDurationSeconds") or DURATION)
        return moment(spec["renewTime"]) + lasts < datetime.now(UTC)

    async def _write(self, there: dict[str, Any] | None) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        before = there["spec"] if there else {}
        same = before.get("holderIdentity") == self.holder
        spec = {
            "holderIdentity": self.holder,
            "leaseDurationSeconds": DURATION,
            "acquireTime": before.get("acquireTime") if same else now,
            "renewTime": now,
            "leaseTransitions": (before.get("leaseTransitions") or 0)
            + (there is not None and not same),
        }
        if there is None:
            metadata = {"name": self.name, "namespace": self.namespace}
            await self.api.ask(
                _LEASE.collection(self.namespace), {"metadata": metadata, "spec": spec}
            )
        else:
            await self.api.replace(_LEASE.path(self.name, self.namespace), {**there, "spec": spec})
