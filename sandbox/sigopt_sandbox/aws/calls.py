"""Who called what, and how often: counted as requests arrive, before they are judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core.iam_actions import extract_iam_action
from ministack.core.router import detect_service, extract_access_key_id
from ministack.services import iam, sts

from sigopt_sandbox.aws import admin
from sigopt_sandbox.aws.journal import Journal

_BY: defaultdict[str, Counter[str]] = defaultdict(Counter)
_JOURNAL = Journal()


def install() -> None:
    """Count every request that reaches ministack's dispatch, and serve the counts."""
    dispatch: Callable[..., Awaitable[Any]] = app._dispatch_service_request

    async def counting(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any, request_id: str
    ) -> Any:
        _count(method, path, headers, body, query)
        return await dispatch(method, path, headers, body, query, request_id)

    app._dispatch_service_request = counting
    admin.register("GET", "/_sandbox/calls", lambda _: report())
    admin.register("DELETE", "/_sandbox/calls", lambda _: forget())
    _JOURNAL.serve()


def report() -> dict[str, Any]:
    """`{"total": n, "by": {principal: {"service:Operation": n}}}`."""
    by = {who: dict(sorted(what.items())) for who, what in sorted(_BY.items())}
    return {"total": sum(sum(what.values()) for what in by.values()), "by": by}


def forget() -> dict[str, Any]:
    """Begin counting from nothing; answers what was counted."""
    counted = report()
    _BY.clear()
    return counted


def _count(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> None:
    params = app._routing_params(method, path, headers, body, query)
    service = detect_service(method, path, headers, params)
    action = extract_iam_action(service, method, path, headers, body, params) or f"{service}:?"
    _BY[principal(extract_access_key_id(headers, query))][action] += 1
    _JOURNAL.note(action, path, params)


def principal(access_key: str) -> str:
    """The user's name, the role session's ARN, or the key itself where neither is known."""
    session = sts._sessions.get(access_key)
    if session:
        return str(session.get("Arn", access_key))
    for (_, key), record in iam._access_keys.to_dict().items():
        if key == access_key:
            return str(record.get("UserName", access_key))
    return access_key or "anonymous"
