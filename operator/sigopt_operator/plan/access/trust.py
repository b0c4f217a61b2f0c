"""Whom the access role trusts: those of `spec.access.principals` and the operator, or anybody.

Written through IAM and not through the stack: an edit works in seconds, an ARN that IAM does not
know keeps nobody else out, and no update of the stack undoes what somebody wrote there by hand
where the spec says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sigopt_operator.plan.actions import TrustPrincipals
from sigopt_operator.plan.difference import Difference, short
from sigopt_operator.plan.network.design import ACCESS_ROLE, access_role
from sigopt_operator.plan.network.roles import (
    ASSUMED_WITH_TAGS,
    anothers_roles,
    canonical,
    document,
)
from sigopt_operator.plan.ownership import conflict
from sigopt_operator.plan.snapshot import Role, Snapshot, Stack
from sigopt_operator.plan.steps import Blocked, Step
from sigopt_operator.plan.wish import Wish

DELETED = re.compile(r"A(ID|RO)A[A-Z0-9]+")
"""What IAM shows of a user or a role that was deleted: its unique id (IAM User Guide, "IAM
identifiers", and "AWS JSON policy elements: Principal")."""
FORMER = ("sts:AssumeRole",)
"""What earlier operators allowed: a trust with no more is completed, and is nobody's drift."""


def trust_of(
    principals: Iterable[str], actions: tuple[str, ...] = ASSUMED_WITH_TAGS
) -> dict[str, Any]:
    """The trust policy that lets exactly these assume the role, each named once."""
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": sorted(set(principals))},
        "Action": list(actions),
    }
    return document((allowed,))


def trust_matters(want: Wish, stack: Stack) -> bool:
    """Whether whom the access role trusts is compared, and the role is there.

    What is read while CloudFormation changes it may be over a moment later.
    """
    role = stack.resources.get(ACCESS_ROLE)
    there = role is not None and role.complete and not role.status.endswith("_IN_PROGRESS")
    return want.principals is not None and there


def trust(want: Wish, seen: Snapshot) -> Step:
    """Whether the access role trusts whom the spec names, and whoever manages the cluster.

    Without `spec.access.principals` its trust is whoever edits it there: it is not compared.
    """
    role = seen.roles.get(access_role(want.cluster_name))
    if want.principals is None:
        return Step(ready=True, message="; ".join(_deleted(role)))
    if role is None:
        return _not_looked_at(want, seen)
    if anothers_roles(want, {role.name: role}):
        return Step(blocked=Blocked("NameConflict", conflict("IAM role", role.name)))
    wanted = (seen.identity.principal_arn, *want.principals)
    if canonical(role.trust) == canonical(trust_of(wanted)):
        return Step(ready=True)
    former = canonical(role.trust) == canonical(trust_of(wanted, FORMER))
    action = TrustPrincipals(
        name=role.name,
        principals=tuple(sorted(set(want.principals))),
        operator=seen.identity.principal_arn,
        present=_principals(role.trust),
        completes=former,
        differences=() if former else (_difference(role, wanted),),
    )
    # All that the spec says holds of a former trust: the cluster stays ready while it is completed.
    return Step(ready=former, actions=(action,), message="" if former else str(action))


def _not_looked_at(want: Wish, seen: Snapshot) -> Step:
    name = access_role(want.cluster_name)
    if name in seen.roles:
        return Step(message=f"waits for IAM role {name}, which is made again")
    # Once it was as wished, it is looked at when it is its turn.
    return Step(
        ready=want.fulfilled, message="" if want.fulfilled else f"waits for IAM role {name}"
    )


def _difference(role: Role, wanted: Iterable[str]) -> Difference:
    found = short(canonical(role.trust))
    told = "; ".join((found, *_deleted(role)))
    field = f"trust policy of IAM role {role.name}"
    return Difference(field, told, short(canonical(trust_of(wanted))))


def _deleted(role: Role | None) -> Iterator[str]:
    """Said, because nobody knows such an id: it is not known any more whose it was."""
    ids = [p for p in _named(role.trust if role else None) if DELETED.fullmatch(p)]
    if role and ids:
        yield (
            f"{role.name} still names {', '.join(ids)}, which is what IAM shows of a user or role "
            f"that was deleted"
        )


def lasting(trust: Any) -> dict[str, Any] | None:
    """The trust without those who were deleted, whose ids IAM refuses; None if nothing is left."""
    if not isinstance(trust, Mapping):
        return None
    kept = [told for each in _statements(trust) if (told := _lasting(each)) is not None]
    return {**trust, "Statement": kept} if kept else None


def _lasting(statement: Mapping[str, Any]) -> dict[str, Any] | None:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping) or "AWS" not in principal:
        return dict(statement)
    named = [arn for arn in _listed(principal["AWS"]) if not DELETED.fullmatch(arn)]
    others = {kind: value for kind, value in principal.items() if kind != "AWS"}
    rest = others | ({"AWS": named} if named else {})
    return {**statement, "Principal": rest} if rest else None


def _principals(trust: Any) -> tuple[str, ...] | None:
    """Who is trusted, where the policy says nothing else; None: it says something else."""
    named = tuple(sorted(_named(trust)))
    return named if canonical(trust) == canonical(trust_of(named)) else None


def _named(trust: Any) -> Iterator[str]:
    for statement in _statements(trust):
        principal = statement.get("Principal")
        yield from _listed(principal.get("AWS", [])) if isinstance(principal, Mapping) else ()


def _statements(trust: Any) -> list[Mapping[str, Any]]:
    told = trust.get("Statement", []) if isinstance(trust, Mapping) else []
    return [told] if isinstance(told, Mapping) else list(told)


def _listed(named: Any) -> list[str]:
    return [named] if isinstance(named, str) else list(named)
