"""Session tags that are transitive: whoever is assumed next takes them too, or is not assumed.

"Transitive tags persist during role chaining", and the role that takes them must be allowed
sts:TagSession by its trust like for any others (IAM user guide, "Pass session tags in AWS STS").
Those of EKS Pod Identity are transitive (seen by users: argoproj/argo-cd issue 17064,
aws/eks-pod-identity-agent issue 80).
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.services import sts

from sigopt_sandbox.aws import wire

Tags = list[dict[str, str]]

PASSED_ON = "PassedOn"
"""The member of ministack's session that keeps its transitive tags."""


@dataclass(frozen=True)
class Asked:
    """What the AssumeRole that is answered now has to do with transitive tags."""

    inherited: Tags
    """Those of the session that asks."""
    transitive: frozenset[str]
    """Keys of its own tags that it wants passed on."""


_ASKED: ContextVar[Asked | None] = ContextVar("transitive_tags", default=None)


def install() -> None:
    """Have AssumeRole pass transitive tags on."""
    handle, tags, register = app.SERVICE_HANDLERS["sts"], sts._session_tags, sts.register_session

    async def handled(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> Any:
        if wire.action_of(headers, body, query) != "AssumeRole":
            return await handle(method, path, headers, body, query)
        params = wire.parse("sts", "AssumeRole", body, query)
        session = sts._sessions.get(app.extract_access_key_id(headers, query)) or {}
        keys = frozenset(params.get("TransitiveTagKeys") or ())
        before = _ASKED.set(Asked(session.get(PASSED_ON, []), keys))
        try:
            return await handle(method, path, headers, body, query)
        finally:
            _ASKED.reset(before)

    def with_inherited(params: Any, check: bool = True) -> tuple[Any, Any]:
        (found, problem), asked = tags(params, check=check), _ASKED.get()
        return (found, problem) if problem or not asked else ([*asked.inherited, *found], problem)

    def registered(access_key: str, session: dict[str, Any]) -> None:
        if (asked := _ASKED.get()) is not None:
            inherited = {tag["Key"] for tag in asked.inherited}
            on = asked.transitive | inherited
            session[PASSED_ON] = [tag for tag in session["SessionTags"] if tag["Key"] in on]
        register(access_key, session)

    app.SERVICE_HANDLERS["sts"] = handled
    sts._session_tags = with_inherited
    sts.register_session = registered
