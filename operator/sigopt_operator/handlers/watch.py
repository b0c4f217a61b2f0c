"""The watch: kopf, run for as long as it sees everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import kopf

from sigopt_operator.handlers.missed import Missed
from sigopt_operator.handlers.registry import registry
from sigopt_operator.handlers.settings import kopf_settings
from sigopt_operator.handlers.storage import LastSeen
from sigopt_operator.runtime import edits
from sigopt_operator.runtime.deletions import Deletions
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.settings import Settings
from sigopt_operator.runtime.watching import BlindError


async def watch(
    settings: Settings,
    queue: WorkQueue,
    deletions: Deletions,
    metrics: Metrics,
    *,
    stop: asyncio.Event,
    started: Callable[[], None],
) -> None:
    """Put the key of every SigOptCluster that appears, changes or is deleted on the queue.

    Returns soon after `stop` is set. Calls `started` once kopf runs, when it has taken SIGTERM
    and SIGINT for itself. Raises what made watching impossible, or BlindError.
    """
    missed = Missed()
    stopping = asyncio.create_task(missed.until(stop), name="the watch's stop")
    try:
        await _watch(settings, queue, deletions, metrics, missed, started)
    finally:
        stopping.cancel()
    if missed.what is not None:
        raise BlindError(f"kopf waits for an event of {missed.what} that never comes")


async def _watch(
    settings: Settings,
    queue: WorkQueue,
    deletions: Deletions,
    metrics: Metrics,
    missed: Missed,
    started: Callable[[], None],
) -> None:
    ours = asyncio.all_tasks()  # those begun later kopf takes for its own, and ends with it
    seen = LastSeen()
    async with edits.generations(settings.kubeconfig) as generations:
        tasks = await kopf.spawn_tasks(
            registry=registry(settings, queue, deletions, metrics, seen, generations, missed),
            settings=kopf_settings(seen),
            lifecycle=kopf.lifecycles.all_at_once,
            standalone=True,
            clusterwide=not settings.namespaces,
            namespaces=settings.namespaces,
            stop_flag=missed.end,
        )
        started()
        await kopf.run_tasks(tasks, ignored=ours)
