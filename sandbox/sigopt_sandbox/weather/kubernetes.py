"""The weather before an API server: a proxy that whoever wants weather talks to instead.

`python -m sigopt_sandbox.weather.kubernetes --port P --upstream https://HOST:PORT --authority FILE`
listens without TLS, and is told the weather over a namespace, or over all (`*`), at `/_weather`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import aiohttp
from aiohttp import web
from yarl import URL

from sigopt_sandbox.ports import LOOPBACK
from sigopt_sandbox.weather.climate import Climate, Fate, Fault
from sigopt_sandbox.weather.control import add_routes
from sigopt_sandbox.weather.sending import Answer, passed_on, reset, send, truncated
from sigopt_sandbox.weather.sky import EVERYBODY, Sky

_NAMESPACE = re.compile(r"/namespaces/([^/]+)/")
_RANDOM = re.compile(r"[0-9a-f]{8,}")
_IDLE = 30.0
CUT = 1.0
"""Half an answer is never taken for a whole one: API servers say how long theirs are."""
API = "api"
"""What `Climate.away` calls an API server."""


def status(code: HTTPStatus, reason: str, message: str) -> dict[str, object]:
    """What an API server answers when it refuses."""
    told = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return {**told, "message": message, "reason": reason, "code": code.value}


GONE = status(HTTPStatus.GONE, "Expired", "too old resource version: 1 (2)")
CONFLICT = status(
    HTTPStatus.CONFLICT,
    "Conflict",
    "Operation cannot be fulfilled: the object has been modified; please apply your changes to the"
    " latest version and try again",
)
BUSY = status(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests", "too many requests")
BROKEN = status(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", "etcdserver: request timed out")
AWAY = status(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", "apiserver is shutting down")


@dataclass
class KubernetesWeather:
    """The weather over the namespaces of one cluster."""

    upstream: str
    authority: Path
    sky: Sky = field(default_factory=lambda: Sky(time.monotonic))
    _session: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        """What serves."""
        app = web.Application()
        app.cleanup_ctx.append(self._connected)
        add_routes(app, self.sky)
        app.router.add_route("*", "/{path:.*}", self.answer)
        return app

    async def _connected(self, _: web.Application) -> AsyncIterator[None]:
        trusting = ssl.create_default_context(cafile=str(self.authority))
        connector = aiohttp.TCPConnector(limit=0, ssl=trusting, keepalive_timeout=_IDLE)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        async with aiohttp.ClientSession(
            connector=connector, auto_decompress=False, timeout=timeout
        ) as self._session:
            yield

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Let the request meet its weather."""
        where = _namespace(request)
        climate = self.sky.over(where)
        try:
            if climate is None:
                return await self._sent(request, where, None)
            return await self._met(request, where, climate)
        except aiohttp.ClientError:
            return reset(request)  # as the API server did

    async def _met(self, request: web.Request, where: str, climate: Climate) -> web.StreamResponse:
        self.sky.count(where, "requests")
        met = self.sky.next_fate(where, climate, _called(request))
        if met.late:
            await asyncio.sleep(met.late)
        if API in climate.away:
            return self._away(request, where, met)
        match met.fault:
            case Fault.THROTTLED:
                return self._refused(where, "throttled", BUSY, {"Retry-After": "1"})
            case Fault.FAILED:
                return self._refused(where, "failed", BROKEN if met.dice < 0.5 else AWAY)
            case Fault.RESET:
                return self._reset(request, where, "reset")
            case Fault.CONFLICT if _writes_a_status(request):
                return self._refused(where, "conflict", CONFLICT)
        return await self._sent(request, where, met)

    async def _sent(self, request: web.Request, where: str, met: Fate | None) -> web.StreamResponse:
        if request.query.get("watch") in ("1", "true"):
            if met is not None and self._too_old(where, met):
                return self._refused(where, "watch expired", GONE)
            return await self._watched(request, where)
        assert self._session is not None  # noqa: S101 - the application started
        answer = await send(self._session, self.upstream, request, await request.read())
        if met is not None and met.fault is Fault.LOST:
            return self._reset(request, where, "lost")
        if met is not None and met.fault is Fault.TRUNCATED and answer.body:
            self.sky.count(where, "truncated")
            return await truncated(request, answer, CUT)
        return answer.response()

    async def _watched(self, request: web.Request, where: str) -> web.StreamResponse:
        """A watch, until the API server or the weather ends it."""
        assert self._session is not None  # noqa: S101 - the application started
        async with self._session.get(
            URL(f"{self.upstream}{request.rel_url.raw_path_qs}", encoded=True),
            headers=passed_on(request.headers),
        ) as upstream:
            response = web.StreamResponse(
                status=upstream.status, headers=passed_on(upstream.headers)
            )
            await response.prepare(request)
            async for line in _lines(upstream):
                end = self._ends(where)
                if end is None:
                    return self._reset(request, where, "watch reset")
                await response.write(end or line)
                if end:
                    break
            await response.write_eof()
            return response

    def _ends(self, where: str) -> bytes | None:
        """What ends the watch now: a last line, None for a reset; nothing is no end."""
        climate = self.sky.over(where)
        if climate is None:
            return b""
        met = self.sky.next_fate(where, climate, "an event of a watch")
        if API in climate.away or met.fault is Fault.RESET:
            return None
        if met.dice < climate.expired:
            self.sky.count(where, "watch expired")
            return json.dumps({"type": "ERROR", "object": GONE}).encode() + b"\n"
        return b""

    def _too_old(self, where: str, met: Fate) -> bool:
        """Whether a watch does not even begin: what it should begin with is forgotten already."""
        climate = self.sky.over(where)
        return climate is not None and met.dice < climate.expired

    def _away(self, request: web.Request, where: str, met: Fate) -> web.StreamResponse:
        if met.dice < 0.5:
            return self._reset(request, where, "away")
        return self._refused(where, "away", AWAY)

    def _reset(self, request: web.Request, where: str, what: str) -> web.Response:
        self.sky.count(where, what)
        return reset(request)

    def _refused(
        self, where: str, what: str, told: dict[str, object], headers: dict[str, str] | None = None
    ) -> web.Response:
        self.sky.count(where, what)
        headers = {"Content-Type": "application/json", **(headers or {})}
        return Answer(int(str(told["code"])), headers, json.dumps(told).encode()).response()


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    waiting = b""
    async for part in answer.content.iter_any():
        *lines, waiting = (waiting + part).split(b"\n")
        for line in lines:
            yield line + b"\n"
    if waiting:
        yield waiting


def _namespace(request: web.Request) -> str:
    found = _NAMESPACE.search(request.path)
    return found.group(1) if found else EVERYBODY


def _called(request: web.Request) -> str:
    """The same for alike requests of two namespaces."""
    path = _RANDOM.sub("ID", _NAMESPACE.sub("/namespaces/NAMESPACE/", request.path))
    return f"{request.method} {path}"


def _writes_a_status(request: web.Request) -> bool:
    return request.method == "PATCH" and request.path.endswith("/status")


def main() -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sigopt_sandbox.weather.kubernetes")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="https://HOST:PORT")
    parser.add_argument("--authority", type=Path, required=True, help="PEM of who signed it")
    given = parser.parse_args()
    app = KubernetesWeather(given.upstream, given.authority).application()
    web.run_app(app, host=LOOPBACK, port=given.port, access_log=None, shutdown_timeout=0.5)


if __name__ == "__main__":
    main()
