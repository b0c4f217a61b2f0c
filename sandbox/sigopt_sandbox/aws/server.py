"""The ASGI application: the sandbox's admin API in front, ministack's own admin paths shut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack import app

from sigopt_sandbox.aws import admin

_SHUT = ("/_ministack/", "/_localstack/", "/_aws/")
"""ministack's unauthenticated paths; among them a reset that would wipe the account."""


async def application(scope: Mapping[str, Any], receive: admin.Receive, send: admin.Send) -> None:
    """Serve one ASGI connection."""
    path = scope.get("path", "")
    if scope["type"] == "http" and path.startswith("/_sandbox/"):
        await admin.answer(scope, receive, send)
    elif scope["type"] in ("http", "websocket") and path.startswith(_SHUT):
        await _not_found(scope, send)
    else:
        await app.app(scope, receive, send)


async def _not_found(scope: Mapping[str, Any], send: admin.Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})
