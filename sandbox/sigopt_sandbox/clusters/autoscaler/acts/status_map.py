"""The ConfigMap in which cluster-autoscaler tells its state, and events about it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from sigopt_sandbox.clusters.autoscaler.acts.events import About, Events
from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.troubles import KUBERNETES, told
from sigopt_sandbox.clusters.autoscaler.rules.status import (
    INITIALIZING,
    GroupState,
    Status,
    status,
    without_times,
)
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.resources import CONFIG_MAP

LAST_UPDATED = "cluster-autoscaler.kubernetes.io/last-updated"
AT_LEAST_EVERY = 10.0
"""Real seconds: whoever judges the age of the status does so in real time."""


@dataclass
class StatusMap:
    """One ConfigMap; without the right to write it, scaling goes on and the log complains."""

    api: KubeApi
    events: Events
    journal: Journal
    namespace: str
    name: str
    wanted: bool
    _about: About | None = None
    _last: Status = field(default_factory=dict)
    _written: float = 0.0

    async def initialize(self) -> None:
        """Write that the autoscaler is starting; only then are there events about it."""
        if self.wanted and not await self._write(INITIALIZING):
            self.journal.error(
                "Failed to initialize status configmap, unable to write status events"
            )

    async def tell(self, states: list[GroupState]) -> None:
        """Write the state of a loop, if it is news or the last one is getting old."""
        new = status(states, self._last, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        news = without_times(new) != without_times(self._last)
        self._last = new
        if self.wanted and (news or time.monotonic() - self._written >= AT_LEAST_EVERY):
            await self._write(new)

    async def event(self, reason: str, message: str, *, warning: bool = False) -> None:
        """An event about the ConfigMap, and a line in the log."""
        (self.journal.warning if warning else self.journal.info)(message)
        if self._about:
            await self.events.post(self._about, reason, message, warning=warning)

    async def _write(self, new: Status) -> bool:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f +0000 UTC")
        data = {"status": yaml.safe_dump({**new, "time": now})}
        path = CONFIG_MAP.path(self.name, self.namespace)
        try:
            there = await self.api.get(path)
            written = await self._put(path, there, data, now)
        except KUBERNETES as error:
            self.journal.error(f"Failed to write status configmap: {told(error)}")
            return False
        metadata = written["metadata"]
        self._about = About("ConfigMap", self.namespace, self.name, metadata["uid"])
        self._written = time.monotonic()
        return True

    async def _put(
        self, path: str, there: dict[str, Any] | None, data: dict[str, str], now: str
    ) -> dict[str, Any]:
        if there is None:
            metadata: dict[str, Any] = {
                "name": self.name,
                "namespace": self.namespace,
                "annotations": {LAST_UPDATED: now},
            }
            made = {"metadata": metadata, "data": data}
            return await self.api.ask(CONFIG_MAP.collection(self.namespace), made)
        annotations = {**(there["metadata"].get("annotations") or {}), LAST_UPDATED: now}
        metadata = {**there["metadata"], "annotations": annotations}
        changed = {**there, "metadata": metadata, "data": {**(there.get("data") or {}), **data}}
        return await self.api.replace(path, changed)
