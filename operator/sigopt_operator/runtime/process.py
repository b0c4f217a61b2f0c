"""The life of `sigopt-operator run`: from the first probe to the lease given back."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from sigopt_operator.runtime import crd, probes
from sigopt_operator.runtime import lease as leases
from sigopt_operator.runtime.deletions import Deletions
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.probes import Health, Stage
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.rounds import Round
from sigopt_operator.runtime.settings import Settings
from sigopt_operator.runtime.workers import Workers

log = logging.getLogger(__name__)

IN_FLIGHT: Final = timedelta(seconds=5)
"""How long rounds that already run may take to end. With the rest of the shutdown it stays below
ten seconds; a round cut off is taken up again by the next operator."""

WATCH_ENDS: Final = timedelta(seconds=3)
"""How much longer kopf may take to end; it needs a second or two in all."""


class Watch(Protocol):
    """Puts keys on the queue, until it is told to stop; `started` is called when it watches."""

    async def __call__(
        self,
        settings: Settings,
        queue: WorkQueue,
        deletions: Deletions,
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


async def run(settings: Settings, look: Round, watch: Watch, *, stop: asyncio.Event) -> End:
    """Run the operator until SIGTERM, SIGINT or `stop`, or until it must not go on.

    Exit code 0 after it was told to stop; 1 when the lease was lost or the watch failed (both
    logged).
    """
    health = Health()
    _on_signals(stop)
    async with probes.served(health, settings.probe_address, settings.probe_port):
        try:
            if not await _unless(stop, _crd(settings, health)):
                return End(0, cut_off=False)
            async with _lease(settings) as lease:
                health.stage = Stage.STANDBY
                if lease and not await _unless(stop, lease.acquire()):
                    return End(0, cut_off=False)
                return await _lead(settings, look, watch, lease, stop, health)
        finally:
            health.stage = Stage.STOPPING


async def _lead(
    settings: Settings,
    look: Round,
    watch: Watch,
    lease: leases.Lease | None,
    stop: asyncio.Event,
    health: Health,
) -> End:
    health.stage = Stage.CONNECTING
    deletions = Deletions()
    queue = WorkQueue(asyncio.get_running_loop().call_later)
    workers = Workers(queue, look, deletions, count=settings.workers)
    workers.start()
    health.ailment = workers.ailment

    def started() -> None:
        _on_signals(stop)  # kopf takes them for itself as it starts
        health.stage = Stage.LEADING
        log.info("watching %s", ", ".join(settings.namespaces) or "all namespaces")

    stopped = asyncio.create_task(stop.wait(), name="stop")
    lost = asyncio.create_task(lease.hold() if lease else stop.wait(), name="lease")
    watching = asyncio.create_task(
        watch(settings, queue, deletions, stop=stop, started=started), name="watch"
    )
    await asyncio.wait({stopped, lost, watching}, return_when=asyncio.FIRST_COMPLETED)
    code = 0 if stop.is_set() else 1
    if code and lost.done():
        log.error("the lease is lost, another operator may hold it now: ending")
    health.stage = Stage.STOPPING
    stop.set()
    # One after the other, but both end meanwhile; a task made now would count as one of kopf's.
    cut_off = await workers.finish(IN_FLIGHT)
    await _ended(watching)
    for key in sorted(cut_off, key=str):
        log.warning("a round did not end in time; the next operator takes it up", extra=about(key))
    lost.cancel()
    await asyncio.wait({lost})
    if lease:
        await lease.release()
    return End(code, cut_off=bool(cut_off))


async def _ended(watching: "asyncio.Task[None]") -> None:
    """Wait for the watch to end by itself, for as long as there is time; log why it failed."""
    await asyncio.wait({watching}, timeout=WATCH_ENDS.total_seconds())
    if not watching.done():
        log.warning("the watch did not end in time")
        watching.cancel()
    elif error := watching.exception():
        log.error("the watch failed: %s", error, exc_info=error)


@asynccontextmanager
async def _lease(settings: Settings) -> AsyncIterator[leases.Lease | None]:
    if settings.standalone or settings.lease_namespace is None:
        yield None
        return
    async with leases.connected(settings, settings.lease_namespace) as lease:
        yield lease


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
