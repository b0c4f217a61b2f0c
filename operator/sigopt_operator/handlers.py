"""kopf, and the only module that knows it.

kopf watches, holds the finalizer, and tells what happened; its handlers put the resource's key on
the work queue and nothing else. What was last seen of a resource is kept in memory only: after a
restart every resource is looked at again, which a level-triggered operator wants anyway, and
nothing of ours ever stands in an annotation.
"""

import asyncio
import copy
import logging
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any, Final

import aiohttp
import kopf

from sigopt_operator.api import resource
from sigopt_operator.runtime import edits, nesting
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.deletions import Deletion, Deletions
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.settings import Settings
from sigopt_operator.runtime.watching import BlindError

log = logging.getLogger(__name__)

EDITS_EVERY: Final = 5.0
"""Seconds. kopf tells nothing about a resource while one of its handlers runs, and a deletion's
handler runs for minutes: so it asks for itself whether somebody changed `deletionPolicy`, say."""


class Endless:
    """Backoffs, in seconds, of which there is always another."""

    def __init__(self, growing: tuple[float, ...], then: float) -> None:
        """`growing` at first, and from then on `then`."""
        self._growing = growing
        self._then = then

    def __iter__(self) -> Iterator[float]:
        """From the beginning, for each request."""
        return chain(self._growing, repeat(self._then))


BACKOFFS: Final = Endless((1, 1, 2, 3, 5, 8, 13, 21), then=30)
"""Between attempts at a request that is forbidden, or that the API server cannot answer. kopf would
give up after a minute, and come back to the object only when somebody edits it: one without a
finalizer, or one that could go, would be left so."""

WHAT: Final = (resource.GROUP, resource.VERSION, resource.PLURAL)


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
    missed: "Missed",
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


class Missed:
    """What kopf has missed, which ends it; `end` is set then, or when the operator is to stop."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.end = asyncio.Event()
        self.what: Key | None = None

    async def until(self, stop: asyncio.Event) -> None:
        """End with the operator."""
        await stop.wait()
        self.end.set()

    def look(self, key: Key, body: kopf.Body, patch: kopf.Patch) -> None:
        """End kopf when it just missed an event of this resource.

        What kopf could not write it holds back for the next event, at which it does nothing else,
        since another event will follow from the writing. But where the API server wrote it and only
        the answer was lost, there is nothing to write any more: no event follows, and kopf (1.45)
        knows nothing of the resource until somebody edits it.
        """
        if patch and not patch.as_json_patch(body):
            self.what = key
            self.end.set()


def kopf_settings(seen: "LastSeen") -> kopf.OperatorSettings:
    """The settings that least privilege, silence and a quick end need."""
    settings = kopf.OperatorSettings()
    settings.scanning.disabled = True  # or it wants to list CRDs and namespaces
    settings.posting.enabled = False  # events are the rounds' to post
    settings.persistence.finalizer = resource.FINALIZER
    settings.persistence.diffbase_storage = seen
    settings.persistence.progress_storage = NoProgress()
    settings.networking.error_backoffs = BACKOFFS
    settings.queueing.exit_timeout = 0.5  # deletions that wait go on waiting at the next start
    return settings


def registry(
    settings: Settings,
    queue: WorkQueue,
    deletions: Deletions,
    metrics: Metrics,
    seen: "LastSeen",
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
                    log.info("edited while it is deleted", extra=about(key))
                    generation = now
                    metrics.edited(key, generation)
                    queue.add(key, urgent=True)
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
            missed.look(_key(body), body, patch)

    return handlers


async def _released(deletion: Deletion) -> bool:
    """Wait for the release, but not for longer than an edit may go unnoticed."""
    try:
        async with asyncio.timeout(EDITS_EVERY):
            await deletion.released.wait()
    except TimeoutError:
        return False
    return True


def _key(body: kopf.Body) -> Key:
    return Key(body.metadata["namespace"], body.metadata["name"])


def connection(found: Any) -> kopf.ConnectionInfo:
    """A configuration of the official client, in kopf's words."""
    header = found.get_api_key_with_prefix("BearerToken", alias="authorization") or ""
    scheme, _, token = header.rpartition(" ")
    return kopf.ConnectionInfo(
        server=found.host,
        ca_path=found.ssl_ca_cert,
        insecure=not found.verify_ssl,
        username=found.username or None,
        password=found.password or None,
        scheme=scheme or None,
        token=token or None,
        certificate_path=found.cert_file,
        private_key_path=found.key_file,
    )


def session(info: kopf.ConnectionInfo) -> kopf.AiohttpSession:
    """The session that kopf would make of it, but for what no JSON can do to it."""
    made = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=info.as_ssl_context()),
        headers=info.as_http_headers(),
        response_class=nesting.Response,
    )
    return kopf.AiohttpSession(server=info.server, aiohttp_session=made)


class NoProgress(kopf.ProgressStorage):
    """Every handler ends in the call in which it begins, so there is nothing to keep between calls.

    kopf's own storage is annotations, which belong to whoever may write the resource: what is no
    JSON there would end each look at it with a traceback, and "success" of the deletion's handler
    would take the finalizer off with everything still standing in AWS.
    """

    def fetch(self, *, key: str, body: kopf.Body) -> None:
        """No handler was ever begun."""

    def store(self, *, key: str, record: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        """Keep nothing."""

    def purge(self, *, key: str, body: kopf.Body, patch: kopf.Patch) -> None:
        """Leave annotations alone, whoever wrote them."""

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        """Nothing waits for a change of the resource."""

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """As it is."""
        return essence


class LastSeen(kopf.DiffBaseStorage):
    """The spec of each resource as it was last seen, in this process's memory."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        super().__init__()
        self._specs: dict[str, kopf.BodyEssence] = {}

    def build(
        self,
        *,
        body: kopf.Body,
        extra_fields: Any = None,  # noqa: ARG002 - kopf's signature
    ) -> kopf.BodyEssence:
        """The spec alone: nothing else in a resource is a wish."""
        return kopf.BodyEssence(spec=copy.deepcopy(dict(body.spec)))

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        """What was seen of it last; None at first sight."""
        return self._specs.get(body.metadata["uid"])

    def store(
        self,
        *,
        body: kopf.Body,
        patch: kopf.Patch,  # noqa: ARG002 - kopf's signature
        essence: kopf.BodyEssence,
    ) -> None:
        """Remember it, and leave the patch alone."""
        self._specs[body.metadata["uid"]] = essence

    def forget(self, uid: str) -> None:
        """The resource is gone."""
        self._specs.pop(uid, None)
