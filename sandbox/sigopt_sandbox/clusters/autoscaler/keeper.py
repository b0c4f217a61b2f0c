"""Lets the autoscaler act for a cluster exactly while a Pod of it is available there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from sigopt_sandbox.clusters.autoscaler.run import Run
from sigopt_sandbox.clusters.autoscaler.surroundings import Surroundings

log = logging.getLogger(__name__)

IMAGE = "cluster-autoscaler"
"""The last part of the name of its image, whatever registry and tag."""


class AutoscalerKeeper:
    """Follows the Pods of one cluster, and runs at most one autoscaler in it."""

    def __init__(self, around: Surroundings) -> None:
        """Nothing runs before the first `look`."""
        self._around = around
        self._uid = ""
        self._name = ""
        self._task: asyncio.Task[None] | None = None
        self._ended: set[str] = set()
        self._closing: set[asyncio.Task[None]] = set()

    def look(self) -> None:
        """Start or end what the Pods of the cluster now ask for."""
        there = [pod for pod in self._around.pods() if available(pod)]
        if self._uid and not any(pod["metadata"]["uid"] == self._uid for pod in there):
            self._stop()
        if not self._uid and there:
            self._start(min(there, key=lambda pod: str(pod["metadata"]["creationTimestamp"])))

    async def close(self) -> None:
        """End it."""
        self._stop()
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _start(self, pod: Mapping[str, Any]) -> None:
        container = container_of(pod["spec"]["containers"])
        if container is None:
            return
        self._uid, self._name = pod["metadata"]["uid"], pod["metadata"]["name"]
        self._ended.discard(self._name)
        run = Run(pod, container, self._around, frozenset(self._ended))
        self._task = asyncio.create_task(run.forever(), name=f"autoscaler {self._name}")
        self._task.add_done_callback(_report)

    def _stop(self) -> None:
        if self._task:
            self._task.cancel()
            self._closing.add(self._task)
            self._task.add_done_callback(self._closing.discard)
        if self._name:
            self._ended.add(self._name)
        self._uid, self._name, self._task = "", "", None


def available(pod: Mapping[str, Any]) -> bool:
    """Whether a Pod is one of a Deployment of the autoscaler, and runs and is ready."""
    metadata, status = pod["metadata"], pod.get("status", {})
    owners = {owner["kind"] for owner in metadata.get("ownerReferences") or ()}
    ready = any(
        one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or ()
    )
    return (
        container_of(pod["spec"]["containers"]) is not None
        and "ReplicaSet" in owners
        and "deletionTimestamp" not in metadata
        and status.get("phase") == "Running"
        and ready
    )


def container_of(containers: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The container that is the autoscaler, if one is."""
    for container in containers:
        name = str(container.get("image", "")).partition("@")[0].rpartition("/")[2]
        if name.partition(":")[0] == IMAGE:
            return container
    return None


def _report(task: asyncio.Task[None]) -> None:
    """A bug of the stand-in must not go unseen."""
    if not task.cancelled() and task.exception():
        log.error("%s ended by a bug", task.get_name(), exc_info=task.exception())
