"""Requests passed on as they came, and answers spoilt on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

_HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization te trailers transfer-encoding"
    " upgrade content-length".split()
)
_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""What aiohttp's client adds to a request that comes without."""


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def response(self) -> web.Response:
        """The same, for aiohttp's server."""
        return web.Response(status=self.status, headers=self.headers, body=self.body)


def passed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers that are not of one connection alone."""
    kept = ((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP)
    return CIMultiDict(kept)


async def send(
    session: aiohttp.ClientSession, upstream: str, request: web.Request, body: bytes
) -> Answer:
    """What the upstream answers to the request, verbatim: signatures cover the path and Host."""
    async with session.request(
        request.method,
        URL(f"{upstream}{request.rel_url.raw_path_qs}", encoded=True),
        headers=passed_on(request.headers),
        data=body,
        allow_redirects=False,
        skip_auto_headers=_AUTOMATIC,
    ) as answer:
        return Answer(answer.status, passed_on(answer.headers), await answer.read())


def reset(request: web.Request) -> web.Response:
    """End the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def truncated(request: web.Request, answer: Answer, dice: float) -> web.StreamResponse:
    """Half of the answer: for one half as if it were whole, for the other the connection ends."""
    half = answer.body[: len(answer.body) // 2]
    if dice < 0.5:
        return Answer(answer.status, answer.headers, half).response()
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(half)
    if request.transport is not None:
        request.transport.close()  # after what was written
    return response
