"""Access: the operator's own entry, that of the role which colleagues assume, and its trust."""

from __future__ import annotations

from dataclasses import replace

from sigopt_operator.plan.actions import GrantAccess
from sigopt_operator.plan.dead_entries import dead_entries, made_at, not_ours, why_dead
from sigopt_operator.plan.design import access_role, role_arn
from sigopt_operator.plan.difference import Difference, told
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import AccessEntry, Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.trust import trust
from sigopt_operator.plan.wish import Wish

CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
OFFERS = ("operator", "role")
"""What others build on: that the operator gets in, and that the access role does."""


def access(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Both entries, and the trust; offers operator and role as soon as these have their entry.

    What keeps one colleague out keeps nothing else from going on.
    """
    entries, trusting = _entries(want, seen), trust(want, seen)
    if entries.ready and trusting.ready:
        shared = f"shared through {access_role(want.cluster_name)}"
        message = "; ".join(filter(None, (shared, trusting.message)))
        return Step(ready=True, message=message, offers=entries.offers)
    return Step(
        actions=entries.actions + trusting.actions,
        message="; ".join(filter(None, (entries.message, trusting.message))),
        offers=entries.offers,
        blocked=entries.blocked,
    )


def _entries(want: Wish, seen: Snapshot) -> Step:
    """Both with cluster-admin, and alive; entries of others are left alone."""
    have = {entry.principal_arn: entry.policies for entry in seen.access_entries}
    dead = dead_entries(want, seen)
    blocked = not_ours(want, dead)
    mine = [entry for entry in dead.values() if ours(entry.tags or {}, want.uid)]
    actions = [_anew(want, seen, entry) for entry in mine]
    actions += [
        _grant(want, arn, have.get(arn))
        for arn in principals(want, seen)
        if arn not in dead and CLUSTER_ADMIN not in have.get(arn, frozenset())
    ]
    asked = {action.principal_arn for action in actions}
    offers = frozenset(
        offer
        for offer, arn in zip(OFFERS, principals(want, seen), strict=True)
        if arn not in asked and arn not in dead
    )
    if not actions and not blocked:
        return Step(ready=True, offers=offers)
    told = f"granting access to {', '.join(action.principal_arn for action in actions)}"
    return Step(
        actions=tuple(actions),
        message=told if actions else "",
        blocked=blocked,
        offers=offers,
    )


def principals(want: Wish, seen: Snapshot) -> tuple[str, ...]:
    """Who must have an entry: the operator itself, and the access role."""
    who = seen.identity
    shared = role_arn(who.partition, who.account, access_role(want.cluster_name))
    return (who.principal_arn, shared)


def _anew(want: Wish, seen: Snapshot, entry: AccessEntry) -> GrantAccess:
    """Deletes it first; should the operator be killed in between, it is simply missing."""
    arn = entry.principal_arn
    why = why_dead(entry, made_at(want, seen)[arn])
    return replace(_grant(want, arn, entry.policies), anew=True, differences=(why,))


def _grant(want: Wish, arn: str, found: frozenset[str] | None) -> GrantAccess:
    return GrantAccess(
        cluster=want.cluster_name,
        principal_arn=arn,
        policy=CLUSTER_ADMIN,
        tags=want.tags,
        differences=(
            Difference(
                f"access entry of {arn}",
                "none" if found is None else f"with policies {told(found)}",
                f"with policies {CLUSTER_ADMIN}",
            ),
        ),
    )
