"""Whose an access key is: what stands before the simulated AWS cannot know it."""

from __future__ import annotations

from contextvars import copy_context

from ministack import app
from ministack.core.responses import get_account_id, set_request_account_id

from sigopt_sandbox.aws import admin


def install() -> None:
    """Serve `/_sandbox/accounts/KEY`."""
    admin.register("GET", "/_sandbox/accounts/(?P<key>[^/]+)", _tell)


def account_of(key: str) -> str:
    """The account in which a request counts that is signed with this key."""
    set_request_account_id(app._request_account_scope(key))
    return str(get_account_id())


def _tell(request: admin.Request) -> object:
    return {"account": copy_context().run(account_of, request.groups["key"])}
