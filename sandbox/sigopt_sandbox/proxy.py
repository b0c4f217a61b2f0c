"""`python -m sigopt_sandbox.proxy`: microburst, with requests going on as they came, and weather.

microburst 0.10 sends the upstream its own address as Host, and quotes paths anew (the `%3A` of a
principal's ARN becomes a colon). AWS signatures cover both: behind it, none would be right.
And its first request would load every service model of botocore (five seconds, 400 MB) to find the
service that a host name belongs to. Users know this one by its address, which names none.
"""

from __future__ import annotations

import argparse
from typing import Any

import aiohttp
from aiohttp import web
from microburst.app import make_app
from microburst.core.pipeline import Microburst
from microburst.detection import host
from microburst.forward import Upstream
from yarl import URL

from sigopt_sandbox.ports import LOOPBACK
from sigopt_sandbox.weather.aws import AwsWeather
from sigopt_sandbox.weather.control import add_routes

_AUTOMATIC_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""What aiohttp's client adds to a request that comes without."""


class _VerbatimSession:
    """What microburst uses of aiohttp's ClientSession, leaving URLs as they are."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(self, method: str, url: str, **options: Any) -> aiohttp.ClientResponse:
        return await self._session.request(
            method, URL(url, encoded=True), skip_auto_headers=_AUTOMATIC_HEADERS, **options
        )

    async def close(self) -> None:
        await self._session.close()


class VerbatimUpstream(Upstream):  # type: ignore[misc] # microburst publishes no types
    """An upstream that is sent each request with the client's own Host and path."""

    session: Any

    async def start(self) -> None:
        """Open the connections to the upstream."""
        await super().start()
        self.session = _VerbatimSession(self.session)

    def _outbound_headers(self, request: web.Request) -> dict[str, str]:
        headers: dict[str, str] = super()._outbound_headers(request)
        return headers | {"host": request.host}


def main() -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sigopt_sandbox.proxy")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="http://HOST:PORT")
    parser.add_argument("--speed", type=float, required=True, help="how many times AWS's")
    given = parser.parse_args()
    host._endpoint_prefix_map = dict
    microburst = Microburst(given.upstream, resign=False)
    microburst.upstream = VerbatimUpstream(given.upstream, stats=microburst.stats)
    app, weather = make_app(microburst), AwsWeather(given.upstream, given.speed)
    app.middlewares.append(weather.middleware)
    app.on_startup.append(weather.start)
    app.on_cleanup.append(weather.stop)
    add_routes(app, weather.sky)
    web.run_app(app, host=LOOPBACK, port=given.port, access_log=None, shutdown_timeout=0.5)


if __name__ == "__main__":
    main()
