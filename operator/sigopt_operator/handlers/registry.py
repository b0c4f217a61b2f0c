"""The handlers that kopf calls: each puts the resource's key on the work queue."""

import asyncio
import logging
from datetime import timedelta
from typing import Any, Final

import kopf

from sigopt_operator.api import resource
from sigopt_operator.handlers.connecting import connection, session
from sigopt_operator.handlers.missed import Missed
from sigopt_operator.handlers.storage import LastSeen
from sigopt_operator.runtime import edits
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.deletions import Deletion, Deletions
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.settings import Settings

log = logging.getLogger(__name__)

EDITS_EVERY: Final = 5.0
"""Seconds. kopf tells nothing about a resource while one of its handlers runs, and a deletion's
handler runs for minutes: so it asks for itself whether somebody changed `deletionPolicy`, say."""

UNHELD: Final = timedelta(seconds=10)
"""After which a round looks why there is no finalizer yet, which kopf asks for at once."""

WHAT: Final = (resource.GROUP, resource.VERSION, resource.PLURAL)


def registry(
    settings: Settings,
    queue: WorkQueue,
    deletions: Deletions,
    metrics: Metrics,
    seen: LastSeen,
    generations: edits.Generations,
    missed: Missed,
) -> kopf.OperatorRegistry:
    """The handlers. None of them ever raises: an error in `unwanted` would drop the finalizer."""
    handlers = kopf.OperatorRegistry()

    @kopf.on.login(registry=handlers)
    async def login(**_: Any) -> kopf.AiohttpSession:
        found = await asyncio.to_thread(configuration, settings.kubeconfig)
        return session(connection(found))

    @kopf.on.create(*WHAT, registry=handlers)
    @kopf.on.resume(*WHAT, registry=handlers)
    async def wanted(body: kopf.Body, uid: str, **_: Any) -> None:
        key = _key(body)
        log.info("found", extra=about(key))
        if body.status.get("observedGeneration") != body.metadata["generation"]:
            metrics.edited(key, body.metadata["generation"])
        deletions.supersede(key, uid)
        queue.add(key)

    @kopf.on.update(*WHAT, field="spec", registry=handlers)
    async def edited(body: kopf.Body, diff: kopf.Diff, **_: Any) -> None:
        key = _key(body)
        fields = sorted({".".join(map(str, change.field)) for change in diff})
        log.info("edited: %s", ", ".join(fields), extra=about(key))
        metrics.edited(key, body.metadata["generation"])
        queue.add(key, urgent=True)

    @kopf.on.delete(*WHAT, registry=handlers)
    async def unwanted(body: kopf.Body, uid: str, **_: Any) -> None:
        key = _key(body)
        log.info("deletion asked for", extra=about(key))
        metrics.edited(key, body.metadata["generation"])
        with deletions.begun(key, uid) as deletion:
            queue.add(key)
            generation = body.metadata["generation"]
            while not await _released(deletion):
                now = await generations.of(key)
                if now not in (None, generation):
                    generation = now or generation
                    _notice(queue, metrics, key, now)
        log.info("released", extra=about(key))

    @kopf.on.event(*WHAT, registry=handlers)
    async def seen_anyhow(
        type: str | None,  # noqa: A002 - kopf's own name
        body: kopf.Body,
        uid: str,
        patch: kopf.Patch,
        **_: Any,
    ) -> None:
        if type == "DELETED":
            seen.forget(uid)
            metrics.gone(_key(body))
        else:
            _look_after(queue, body)
            missed.look(_key(body), body, patch)

    return handlers


def _notice(queue: WorkQueue, metrics: Metrics, key: Key, generation: int) -> None:
    """Have a round see what kopf tells only once the deletion's handler has ended."""
    if generation == edits.GONE:
        queue.add(key)
        return
    log.info("edited while it is deleted", extra=about(key))
    metrics.edited(key, generation)
    queue.add(key, urgent=True)


async def _released(deletion: Deletion) -> bool:
    """Wait for the release, but not for longer than an edit may go unnoticed."""
    try:
        async with asyncio.timeout(EDITS_EVERY):
            await deletion.released.wait()
    except TimeoutError:
        return False
    return True


def _look_after(queue: WorkQueue, body: kopf.Body) -> None:
    """Have a round see to a finalizer that kopf cannot put on; what goes takes none any more."""
    leaving = body.metadata.get("deletionTimestamp") is not None
    if not leaving and resource.FINALIZER not in body.metadata.get("finalizers", ()):
        queue.add_after(_key(body), UNHELD)


def _key(body: kopf.Body) -> Key:
    return Key(body.metadata["namespace"], body.metadata["name"])
