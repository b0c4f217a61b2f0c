"""The life of `sigopt-operator run`: from the first probe to the lease given back."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from sigopt_operator.runtime import crd, probes
from sigopt_operator.runtime import lease as leases
from sigopt_operator.runtime.deletions import Deletions
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.probes import Health, Stage
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.rounds import Round, Rounds
from sigopt_operator.runtime.settings import Settings
from sigopt_operator.runtime.watching import always
from sigopt_operator.runtime.workers import Workers, for_what_is_due

log = logging.getLogger(__name__)

ROUNDS_END: Final = timedelta(seconds=5)
"""By when rounds that already run have to end, from when the process was told to; like the two that
follow, so that no delays add up to more than ten seconds. A round cut off is taken up again by the
next operator."""

WATCH_ENDS: Final = timedelta(seconds=6.5)
"""By when kopf has to; it needs a second or two, beside the rounds."""

LEASE_BACK: Final = timedelta(seconds=8.5)
"""By when the lease is given back, or left to expire."""

AT_ONCE: Final = timedelta(seconds=0.5)
"""How long what was cancelled may take; it waits for nothing."""

TIDY_EVERY: Final = timedelta(seconds=5)
"""Short beside the time after which something goes, and finding nothing to let go of is cheap."""


class Watch(Protocol):
    """Puts keys on the queue, until it is told to stop; `started` is called when it watches."""

    async def __call__(
        self,
        settings: Settings,
        queue: WorkQueue,
        deletions: Deletions,
        metrics: Metrics,
        *,
        stop: asyncio.Event,
        started: Callable[[], None],
    ) -> None:
        """Return soon after `stop` is set; raise when watching became impossible."""
        ...


@dataclass(frozen=True)
class End:
    """How the process ended.

    `cut_off`: threads still run rounds, which the interpreter would wait for as it ends; so only
    os._exit ends the process.
    """

    code: int
    cut_off: bool


async def run(
    settings: Settings, look: Rounds, watch: Watch, metrics: Metrics, *, stop: asyncio.Event
) -> End:
    """Run the operator until SIGTERM, SIGINT or `stop`, or until it must not go on.

    While it leads, what outlasts rounds is tidied up now and then, in a thread.
    Exit code 0 after it was told to stop; 1 when the lease was lost (logged).
    """
    health = Health()
    _on_signals(stop)
    at = (settings.probe_address, settings.probe_port)
    async with probes.served(health, metrics.text, *at):
        try:
            if not await _unless(stop, _crd(settings, health)):
                return End(0, cut_off=False)
            async with _lease(settings) as lease:
                health.stage = Stage.STANDBY
                health.obstacle = lambda: lease.obstacle if lease else None
                if lease and not await _unless(stop, lease.acquire()):
                    return End(0, cut_off=False)
                async with _tidied(look):
                    return await _lead(settings, look, watch, lease, stop, health, metrics)
        finally:
            health.stage = Stage.STOPPING


async def _lead(
    settings: Settings,
    look: Round,
    watch: Watch,
    lease: leases.Lease | None,
    stop: asyncio.Event,
    health: Health,
    metrics: Metrics,
) -> End:
    health.stage = Stage.CONNECTING
    deletions = Deletions()
    most_due = for_what_is_due(settings.workers)
    queue = WorkQueue(asyncio.get_running_loop().call_later, most_due=most_due)
    ended = metrics.round_ended
    workers = Workers(queue, look, deletions, count=settings.workers, ended=ended)
    workers.start()
    metrics.follow(health, queue)
    health.ailment = workers.ailment

    def started() -> None:
        _on_signals(stop)  # kopf takes them for itself as it starts
        health.stage = Stage.LEADING
        log.info("watching %s", ", ".join(settings.namespaces) or "all namespaces")

    stopped = asyncio.create_task(stop.wait(), name="stop")
    lost = asyncio.create_task(lease.hold() if lease else stop.wait(), name="lease")
    watching = asyncio.create_task(
        always(
            lambda: watch(settings, queue, deletions, metrics, stop=stop, started=started),
            lambda: _begin_anew(stop, settings, health),
            stop,
        ),
        name="watch",
    )
    await asyncio.wait({stopped, lost, watching}, return_when=asyncio.FIRST_COMPLETED)
    told = stop.is_set()
    alone = _alone(lease, lost)
    health.stage = Stage.STOPPING
    stop.set()
    left = _counting_down()
    # One after the other, but both end meanwhile; a task made now would count as one of kopf's.
    # Without the lease nothing is waited for: threads act on until the process has ended.
    cut_off = await workers.finish(left(ROUNDS_END), lost if lease else None)
    alone = alone and _alone(lease, lost)
    await _ended(watching, left(WATCH_ENDS) if alone else AT_ONCE)
    for key in sorted(cut_off, key=str):
        log.warning("a round did not end in time; the next operator takes it up", extra=about(key))
    alone = alone and _alone(lease, lost)
    lost.cancel()
    await _ended(lost, AT_ONCE)
    if lease and alone:
        await lease.release(left(LEASE_BACK))
    return End(0 if told else 1, cut_off=bool(cut_off))


def _alone(lease: leases.Lease | None, lost: "asyncio.Task[Any]") -> bool:
    """Whether no other operator may act by now; it may be lost also while rounds end."""
    alone = lease is None or not lost.done()
    if not alone:
        log.error("the lease is lost, another operator may hold it now: ending")
    return alone


def _counting_down() -> Callable[[timedelta], timedelta]:
    """What is left of a time that counts from now on."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return lambda whole: max(timedelta(), whole - timedelta(seconds=loop.time() - began))


async def _ended(task: "asyncio.Task[Any]", within: timedelta) -> None:
    """Wait for a task to end by itself, cancel it if it does not in time; log why it failed."""
    await asyncio.wait({task}, timeout=within.total_seconds())
    if not task.done():
        log.warning("the %s did not end in time", task.get_name())
        task.cancel()
    elif not task.cancelled() and (error := task.exception()):
        log.error("the %s failed: %s", task.get_name(), error, exc_info=error)


@asynccontextmanager
async def _tidied(rounds: Rounds) -> AsyncIterator[None]:
    async def now_and_then() -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY.total_seconds())
            try:
                await asyncio.to_thread(rounds.tidy)
            except Exception:
                log.exception("a bug in tidying up; again in %s", TIDY_EVERY)

    task = asyncio.create_task(now_and_then(), name="tidying")
    try:
        yield
    finally:
        task.cancel()
        await _ended(task, AT_ONCE)


@asynccontextmanager
async def _lease(settings: Settings) -> AsyncIterator[leases.Lease | None]:
    if settings.standalone or settings.lease_namespace is None:
        yield None
        return
    async with leases.connected(settings, settings.lease_namespace) as lease:
        yield lease


async def _begin_anew(stop: asyncio.Event, settings: Settings, health: Health) -> None:
    health.stage = Stage.CONNECTING
    await _unless(stop, _crd(settings, health))


async def _crd(settings: Settings, health: Health) -> None:
    """Wait until the CRD is installed: kopf, which may not list CRDs, looks only as it starts."""

    def missing() -> None:
        health.stage = Stage.NO_CRD

    await crd.served(settings, missing)


async def _unless(stop: asyncio.Event, waiting: Coroutine[None, None, None]) -> bool:
    """Whether `waiting` ended before `stop` was set; it is cancelled if not."""
    task, stopped = asyncio.create_task(waiting), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if stop.is_set():
        task.cancel()
        await asyncio.wait({task})
        return False
    await task
    return True


def _on_signals(stop: asyncio.Event) -> None:
    """SIGTERM (the kubelet) and SIGINT (Ctrl-C) begin the end; more of them change nothing."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
