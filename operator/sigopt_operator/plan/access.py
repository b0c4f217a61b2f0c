"""Access: the operator's own entry, and that of the role which colleagues assume."""

from __future__ import annotations

from sigopt_operator.plan.actions import GrantAccess
from sigopt_operator.plan.design import access_role, role_arn
from sigopt_operator.plan.difference import Difference, told
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish

CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"


def access(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Both entries with cluster-admin; entries of others are left alone."""
    have = {entry.principal_arn: entry.policies for entry in seen.access_entries}
    missing = [
        arn for arn in principals(want, seen) if CLUSTER_ADMIN not in have.get(arn, frozenset())
    ]
    if not missing:
        return Step(ready=True, message=f"shared through {access_role(want.cluster_name)}")
    return Step(
        actions=tuple(_grant(want, arn, have.get(arn)) for arn in missing),
        message="granting access to " + ", ".join(missing),
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
