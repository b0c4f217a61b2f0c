"""What is asked of the process over HTTP.

By the kubelet /healthz (restart me if not 200) and /readyz (count on me if 200), by Prometheus
/metrics.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, cast

from aiohttp import web

log = logging.getLogger(__name__)


class Stage(StrEnum):
    """What the process is at; its value is what /readyz answers."""

    STARTING = "starting"
    NO_CRD = "waiting for the SigOptCluster CRD"
    STANDBY = "standby: another operator holds the lease"
    CONNECTING = "leading: starting the watch"
    LEADING = "leading"
    STOPPING = "stopping"


READY = frozenset({Stage.STANDBY, Stage.LEADING})


@dataclass
class Health:
    """What the probes report; the process writes it as it goes."""

    stage: Stage = Stage.STARTING
    ailment: Callable[[], str | None] = lambda: None
    obstacle: Callable[[], str | None] = lambda: None
    """Why it stands by, where no other operator is the reason."""


_HEALTH = web.AppKey("health", Health)
AT_THE_END: Final = 0.5
"""Seconds for answers that are being read when the process ends; each is made at once."""

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format ("exposition formats")."""


@asynccontextmanager
async def served(
    health: Health, metrics: Callable[[], bytes], address: str | None, port: int
) -> AsyncIterator[int]:
    """Serve them there while the block runs; yields the port.

    No address is all of them, of either family; port 0 is any free one.
    """
    app = web.Application()
    app[_HEALTH] = health
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", partial(_metrics, metrics))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=AT_THE_END)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address or None, port)
        await site.start()
        bound = cast(int, runner.addresses[0][1])
        log.info("probes on http://%s:%d", address or "*", bound)
        yield bound
    finally:
        await runner.cleanup()


async def _healthz(request: web.Request) -> web.Response:
    ailment = request.app[_HEALTH].ailment()
    return _answer(ailment is None, ailment or "ok")


async def _readyz(request: web.Request) -> web.Response:
    health = request.app[_HEALTH]
    obstacle = health.obstacle() if health.stage is Stage.STANDBY else None
    return _answer(health.stage in READY and not obstacle, obstacle or health.stage.value)


async def _metrics(metrics: Callable[[], bytes], _request: web.Request) -> web.Response:
    response = web.Response(body=metrics(), headers={"Content-Type": TEXT})
    response.force_close()
    return response


def _answer(good: bool, text: str) -> web.Response:
    response = web.Response(status=200 if good else 503, text=text + "\n")
    # A connection kept alive is a task in our event loop, which would hold up the end of the watch.
    response.force_close()
    return response
