"""Trust policies: their principals exist, are remembered by unique id, and are judged so.

"A user or role named in a trust policy is stored as its unique id; after deletion the id is what
one reads back, and a re-created namesake does not match" (IAM user guide, principal element).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_evaluator
from ministack.services import iam

from sigopt_sandbox.aws.errors import AwsError

ENTITY = re.compile(r"arn:aws[\w-]*:iam::(?P<account>\d{12}):(?P<kind>user|role)/(?P<name>.+)")
TRUST_POLICY_SIZE = 2048
"""Characters of a trust policy without white space, by default (IAM user guide, quotas)."""

FROM_INSIDE: ContextVar[bool] = ContextVar("assume_role_from_inside", default=False)
"""Whether a simulated AWS service assumes the role, so that `Service` principals count."""


@contextmanager
def from_inside() -> Iterator[None]:
    """Let what is called meanwhile assume roles as a simulated AWS service."""
    before = FROM_INSIDE.set(True)
    try:
        yield
    finally:
        FROM_INSIDE.reset(before)


def install() -> None:
    """Judge trust with unique ids, and let no client pass for a service."""
    theirs = iam_evaluator.evaluate_trust_policy

    def judged(document: Any, caller_arn: str, context: Any = None) -> bool:
        role = _role_of(context)
        return bool(theirs(_effective(document, role), caller_arn, context))

    iam_evaluator.evaluate_trust_policy = judged


def _role_of(context: Any) -> dict[str, Any]:
    match = ENTITY.fullmatch(getattr(context, "resource_arn", "") or "")
    if match is None:
        return {}
    found = iam._roles.get_scoped(match["account"], None, match["name"].rsplit("/", 1)[-1])
    return found or {}


def _effective(document: Any, role: dict[str, Any]) -> dict[str, Any]:
    """The document as it counts today: stale principals are ids, services only from inside."""
    policy: dict[str, Any] = json.loads(shown(role, document))
    for statement in _statements(policy):
        principal = statement.get("Principal")
        if isinstance(principal, dict) and "Service" in principal and not FROM_INSIDE.get():
            statement["Principal"] = {k: v for k, v in principal.items() if k != "Service"}
    return policy


def shown(role: dict[str, Any], document: Any = None) -> str:
    """A role's trust policy as it reads back: principals that were deleted since are their ids."""
    text = document if document is not None else role["AssumeRolePolicyDocument"]
    policy = json.loads(unquote(text)) if isinstance(text, str) else json.loads(json.dumps(text))
    bound: dict[str, str] = role.get("_principals", {})
    for statement in _statements(policy):
        principal = statement.get("Principal")
        if isinstance(principal, dict) and "AWS" in principal:
            named = principal["AWS"]
            listed = [_today(arn, bound) for arn in _listed(named)]
            principal["AWS"] = listed if isinstance(named, list) else listed[0]
    return json.dumps(policy)


def _today(arn: str, bound: dict[str, str]) -> str:
    return bound[arn] if arn in bound and entity_id(arn) != bound[arn] else arn


def check(text: str) -> dict[str, str]:
    """The unique ids of the principals that a new trust policy names; AwsError if it is wrong."""
    try:
        policy = json.loads(text)
    except ValueError as error:
        problem = "This policy contains invalid Json"
        raise AwsError("MalformedPolicyDocument", problem) from error
    if len("".join(text.split())) > TRUST_POLICY_SIZE:
        problem = f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_SIZE}"
        raise AwsError("LimitExceeded", problem, 409)
    found = {}
    for statement in _statements(policy):
        principal = statement.get("Principal")
        named = _listed(principal.get("AWS", [])) if isinstance(principal, dict) else []
        for arn in named:
            if ENTITY.fullmatch(arn):
                unique = entity_id(arn)
                if unique is None:
                    problem = f'Invalid principal in policy: "AWS":"{arn}"'
                    raise AwsError("MalformedPolicyDocument", problem)
                found[arn] = unique
    return found


def entity_id(arn: str) -> str | None:
    """The unique id of the user or role that has an ARN today; None if there is none."""
    match = ENTITY.fullmatch(arn)
    if match is None:
        return None
    store, member = (iam._users, "UserId") if match["kind"] == "user" else (iam._roles, "RoleId")
    record = store.get_scoped(match["account"], None, match["name"].rsplit("/", 1)[-1])
    return str(record[member]) if record and record["Arn"] == arn else None


def names_directly(role: dict[str, Any], caller_arn: str) -> bool:
    """Whether a role's trust names this very user or role, and not only its account."""
    session = re.fullmatch(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/.+", caller_arn)
    for statement in _statements(_effective(role["AssumeRolePolicyDocument"], role)):
        principal = statement.get("Principal")
        for arn in _listed(principal.get("AWS", [])) if isinstance(principal, dict) else []:
            match = ENTITY.fullmatch(arn)
            if arn == caller_arn:
                return True
            if session and match and match["kind"] == "role":
                name = match["name"].rsplit("/", 1)[-1]
                if (match["account"], name) == session.groups():
                    return True
    return False


def _statements(policy: Any) -> Iterator[dict[str, Any]]:
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    yield from (s for s in _listed(statements) if isinstance(s, dict))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
