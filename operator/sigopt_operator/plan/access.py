"""Access: the operator's own entry, that of the role which colleagues assume, and its trust."""

from __future__ import annotations

from sigopt_operator.plan.actions import GrantAccess
from sigopt_operator.plan.design import access_role, role_arn
from sigopt_operator.plan.difference import Difference, told
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
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
    )


def _entries(want: Wish, seen: Snapshot) -> Step:
    """Both with cluster-admin; entries of others are left alone."""
    have = {entry.principal_arn: entry.policies for entry in seen.access_entries}
    missing = [
        arn for arn in principals(want, seen) if CLUSTER_ADMIN not in have.get(arn, frozenset())
    ]
    offers = frozenset(
        offer
        for offer, arn in zip(OFFERS, principals(want, seen), strict=True)
        if arn not in missing
    )
    if not missing:
        return Step(ready=True, offers=offers)
    return Step(
        actions=tuple(_grant(want, arn, have.get(arn)) for arn in missing),
        message="granting access to " + ", ".join(missing),
        offers=offers,
    )


def principals(want: Wish, seen: Snapshot) -> tuple[str, ...]:
    """Who must have an entry: the operator itself, and the access role."""
    who = seen.identity
    shared = role_arn(who.partition, who.account, access_role(want.cluster_name))
    return (who.principal_arn, shared)


def _grant(want: Wish, arn: str, found: frozenset[str] | None) -> GrantAccess:
    return GrantAccess(
        cluster=want.cluster_name,
        principal_arn=arn,
        policy=CLUSTER_ADMIN,
        tags=want.tags,
        token=want.token("access", arn),
        differences=(
            Difference(
                f"access entry of {arn}",
                "none" if found is None else f"with policies {told(found)}",
                f"with policies {CLUSTER_ADMIN}",
            ),
        ),
    )
