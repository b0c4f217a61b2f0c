"""The collections that the autoscaler follows, as its Pod's service account."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from sigopt_sandbox.clusters.autoscaler.acts.rights import BUDGET
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.real.mirror import Mirror
from sigopt_sandbox.clusters.resources import DAEMON_SET, NODE, POD

_POLL_SECONDS = 0.05
Items = Iterable[Mapping[str, Any]]


class Watching:
    """Pods, nodes, DaemonSets and disruption budgets, as they were a moment ago."""

    def __init__(self, api: KubeApi, changed: asyncio.Event) -> None:
        """`changed` is set when one of them changes."""
        mirrors = [
            Mirror(api, resource.collection(), changed)
            for resource in (POD, NODE, DAEMON_SET, BUDGET)
        ]
        self._pods, self._nodes, self._daemon_sets, self._budgets = mirrors
        self._mirrors = mirrors
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to follow; returns when everything was read once."""
        self._tasks = [asyncio.create_task(mirror.run()) for mirror in self._mirrors]
        while not all(mirror.synced for mirror in self._mirrors):
            await asyncio.sleep(_POLL_SECONDS)

    async def close(self) -> None:
        """Follow no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def pods(self) -> Items:
        """Every Pod."""
        return self._pods.objects.values()

    @property
    def nodes(self) -> Items:
        """Every Node."""
        return self._nodes.objects.values()

    @property
    def daemon_sets(self) -> Items:
        """Every DaemonSet."""
        return self._daemon_sets.objects.values()

    @property
    def budgets(self) -> Items:
        """Every PodDisruptionBudget."""
        return self._budgets.objects.values()
