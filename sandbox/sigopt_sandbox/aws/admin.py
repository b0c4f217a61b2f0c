"""The sandbox's own API beside AWS's: `/_sandbox/...`, JSON, loopback only, no authentication."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote


@dataclass(frozen=True)
class Request:
    """One request to the admin API."""

    method: str
    path: str
    groups: Mapping[str, str]
    """The named groups of the route's pattern, with percent-encoding undone."""
    query: Mapping[str, str]
    body: Any
    """The decoded JSON body, or None."""


class RequestError(Exception):
    """A request that cannot be served: status and what is wrong with it."""

    def __init__(self, status: int, message: str) -> None:
        """Refuse with an HTTP status and a reason."""
        super().__init__(message)
        self.status = status
        self.message = message


Handler = Callable[[Request], Any]
"""Answers what becomes the JSON body; raises RequestError."""

_ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def register(method: str, path_regex: str, handler: Handler) -> None:
    """Serve a method on the paths that the whole pattern matches, such as `/_sandbox/ready`."""
    _ROUTES.append((method, re.compile(path_regex), handler))


def serve(method: str, raw_path: str, query: str, body: bytes) -> tuple[int, bytes]:
    """Status and JSON body of an admin request, by its raw (still encoded) path."""
    try:
        return 200, json.dumps(_dispatch(method, raw_path, query, body), default=str).encode()
    except RequestError as refused:
        return refused.status, json.dumps({"message": refused.message}).encode()


def _dispatch(method: str, raw_path: str, query: str, body: bytes) -> Any:
    for wanted, pattern, handler in _ROUTES:
        match = pattern.fullmatch(raw_path)
        if match and wanted == method:
            groups = {k: unquote(v) for k, v in match.groupdict().items() if v is not None}
            flat = {k: v[0] for k, v in parse_qs(query, keep_blank_values=True).items()}
            return handler(Request(method, raw_path, groups, flat, _decoded(body)))
    raise RequestError(404, f"no {method} {raw_path} here")


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError as error:
        raise RequestError(400, f"the body is not JSON: {error}") from error


def field(body: Any, name: str, kind: type = str) -> Any:
    """A required field of a JSON body."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise RequestError(400, f"the body needs {name!r}, a {kind.__name__}")
    return value


Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


async def answer(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one ASGI request of the admin API."""
    host = (scope.get("client") or ("127.0.0.1",))[0]
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = bool(message.get("more_body"))
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    if host not in ("127.0.0.1", "::1"):
        status, out = 403, b'{"message": "loopback only"}'
    else:
        status, out = serve(scope["method"], raw, scope["query_string"].decode(), body)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(out))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": out})
