"""The weather before the simulated AWS: a middleware of what AWS_ENDPOINT_URL names.

Where there is weather over an account, its requests go to AWS through here; all others go on to
microburst, whose rules meet only those.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from sigopt_sandbox.weather.aws_requests import (
    AwsRequest,
    Refusal,
    absent,
    failing,
    read_request,
    refusing,
    throttling,
)
from sigopt_sandbox.weather.climate import Climate, Fate, Fault
from sigopt_sandbox.weather.past import Past
from sigopt_sandbox.weather.sending import Answer, reset, send, truncated
from sigopt_sandbox.weather.sky import Sky

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_IDLE = 30.0
"""Seconds; the simulated AWS keeps connections for longer."""
_WITHOUT_PAST = "sts"
"""Who somebody is does not lag."""


@dataclass
class AwsWeather:
    """The weather over all accounts of one simulated AWS."""

    upstream: str
    speed: float
    sky: Sky = field(init=False)
    past: Past[Answer] = field(default_factory=Past)
    _accounts: dict[str, str] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None

    def __post_init__(self) -> None:
        self.sky = Sky(self._now)

    async def start(self, _: web.Application) -> None:
        """Open connections to AWS."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)

    async def stop(self, _: web.Application) -> None:
        """Close them."""
        if self._session is not None:
            await self._session.close()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let the request meet its weather, or go on where there is none."""
        if self.sky.clear or request.path.startswith("/_"):
            return await handler(request)
        body = await request.read()
        asked = read_request(
            request.method,
            request.rel_url.raw_path,
            request.rel_url.raw_query_string,
            request.headers,
            body,
        )
        account = await self._account(asked.key) if asked else ""
        climate = self.sky.over(account)
        if asked is None or climate is None:
            return await handler(request)
        return await _Meeting(self, request, body, asked, account, climate).answer()

    async def send(self, request: web.Request, body: bytes) -> Answer:
        """What AWS answers."""
        assert self._session is not None  # noqa: S101 - the application started
        return await send(self._session, self.upstream, request, body)

    async def _account(self, key: str) -> str:
        """Whose key that is; the simulated AWS knows."""
        if key not in self._accounts:
            assert self._session is not None  # noqa: S101 - the application started
            async with self._session.get(f"{self.upstream}/_sandbox/accounts/{key}") as answer:
                self._accounts[key] = str((await answer.json())["account"])
        return self._accounts[key]

    def _now(self) -> float:
        return time.monotonic() * self.speed


@dataclass(frozen=True)
class _Meeting:
    """One request and its weather."""

    weather: AwsWeather
    request: web.Request
    body: bytes
    asked: AwsRequest
    account: str
    climate: Climate

    async def answer(self) -> web.StreamResponse:
        """What comes of it."""
        sky, climate, asked = self.weather.sky, self.climate, self.asked
        self._count("requests")
        met = sky.next_fate(self.account, climate, asked.called)
        if met.late:
            await asyncio.sleep(met.late / self.weather.speed)
        if asked.key in climate.refused:
            return self._refused("refused", refusing(asked.service, climate.refused[asked.key]))
        if asked.service in climate.away:
            return self._away(met)
        match met.fault:
            case Fault.THROTTLED:
                return self._refused("throttled", throttling(asked.service))
            case Fault.FAILED:
                return self._refused("failed", failing(asked.service, met.dice))
            case Fault.RESET:
                return self._reset("reset")
        shown = self._of_before() if met.stale else None
        if shown is not None:
            self._count("stale")
            return shown.response()
        return await self._sent(met)

    async def _sent(self, met: Fate) -> web.StreamResponse:
        answer = await self.weather.send(self.request, self.body)
        self._remember(answer)
        if met.fault is Fault.LOST:
            return self._reset("lost")
        if met.fault is Fault.TRUNCATED and answer.body:
            self._count("truncated")
            return await truncated(self.request, answer, met.dice)
        return answer.response()

    def _away(self, met: Fate) -> web.Response:
        """A service that is gone: nothing listens, or what stands before it says so."""
        if met.dice < 0.5:
            return self._reset("away")
        return self._refused("away", Refusal("ServiceUnavailable", "Service is unavailable", 503))

    def _of_before(self) -> Answer | None:
        """What the reading would have been before the last change, where that is known."""
        asked, sky = self.asked, self.weather.sky
        if not asked.reads or asked.service == _WITHOUT_PAST:
            return None
        since = sky.clock() - self.climate.stale_for
        shown = self.weather.past.before(self._area, self._reading, since)
        if shown is not None:
            return shown
        refusal = absent(asked) if self.weather.past.is_new(self._thing, since) else None
        return Answer(*refusal.written(asked.service)) if refusal else None

    def _remember(self, answer: Answer) -> None:
        now, past = self.weather.sky.clock(), self.weather.past
        if self.asked.reads:
            past.answered(self._reading, answer, now)
        elif answer.status < 300:
            past.changed(self._area, now)
            if self.asked.creates:
                past.made(self._thing, now)

    @property
    def _area(self) -> tuple[str, str, str]:
        return self.account, self.asked.region, self.asked.service

    @property
    def _reading(self) -> tuple[str, ...]:
        return (*self._area, self.asked.asked)

    @property
    def _thing(self) -> tuple[str, ...]:
        return (*self._area, self.asked.subject)

    def _refused(self, what: str, refusal: Refusal) -> web.Response:
        self._count(what)
        return Answer(*refusal.written(self.asked.service)).response()

    def _reset(self, what: str) -> web.Response:
        self._count(what)
        return reset(self.request)

    def _count(self, what: str) -> None:
        self.weather.sky.count(self.account, what)
