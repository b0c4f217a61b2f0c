"""Preflight's questions about the account: quotas, permissions, and names that are taken."""

from __future__ import annotations

from collections.abc import Iterator

from sigopt_operator.plan.network.design import (
    access_role,
    autoscaler_role,
    cluster_role,
    node_role,
)
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.ownership import conflict
from sigopt_operator.plan.preflight.checks import Checks, Unchecked
from sigopt_operator.plan.preflight.quotas import (
    cluster_problems,
    demand,
    node_problems,
    vcpu_problems,
)
from sigopt_operator.plan.snapshot import Facts, Snapshot
from sigopt_operator.plan.wish import Wish


def role_names(cluster_name: str) -> tuple[str, ...]:
    """The roles that the stack makes."""
    roles = (cluster_role, node_role, autoscaler_role, access_role)
    return tuple(role(cluster_name) for role in roles)


def creating(seen: Snapshot) -> bool:
    """Whether nothing of the cluster stands yet, so that all of it is to be checked."""
    return seen.stack is None and seen.cluster is None


def concerned_pools(want: Wish, seen: Snapshot) -> frozenset[str]:
    """Pools that are to be made, or to have more nodes at most than they have now."""
    groups = {group.name: group for group in seen.node_groups}
    return frozenset(
        pool.name
        for pool in want.pools
        if (group := groups.get(node_group_name(pool))) is None or group.max_size < pool.max_nodes
    )


def account_problems(want: Wish, seen: Snapshot, facts: Facts) -> Iterator[tuple[str, str]]:
    """What stands against the wish in the account: reason, and what to do."""
    checks = seen.checks
    if checks is None:
        return
    if creating(seen):
        yield from _taken(want, checks)
        yield from _denied(want, seen, checks)
        yield from cluster_problems(want, checks)
    concerned = concerned_pools(want, seen)
    yield from vcpu_problems(want, facts, checks, concerned)
    yield from node_problems(want, checks, concerned)


def unchecked(want: Wish, seen: Snapshot, facts: Facts) -> tuple[str, ...]:
    """What could not be asked of what the wish depends on, in words; never a reason to wait."""
    checks = seen.checks
    if checks is None:
        return ()
    asked: list[object] = [checks.quotas.get(code) for code in demand(want, facts)]
    if asked:
        asked.append(checks.running)
    if creating(seen):
        asked += [*checks.quotas.values(), checks.roles, _of_rights(checks)]
        used = checks.usage
        asked += [used.vpcs, used.addresses, used.clusters] if used else []
    return tuple(dict.fromkeys(str(one) for one in asked if isinstance(one, Unchecked)))


def _of_rights(checks: Checks) -> Unchecked | None:
    lacking = checks.lacking
    if lacking is None or isinstance(lacking, Unchecked) or not lacking.unsure:
        return lacking if isinstance(lacking, Unchecked) else None
    return Unchecked(f"permission for {', '.join(lacking.unsure)}", "depends on a condition")


def _taken(want: Wish, checks: Checks) -> Iterator[tuple[str, str]]:
    if checks.roles is None or isinstance(checks.roles, Unchecked):
        return
    for name in role_names(want.cluster_name):
        if name.lower() in checks.roles:
            yield ("NameConflict", conflict("IAM role", name))


def _denied(want: Wish, seen: Snapshot, checks: Checks) -> Iterator[tuple[str, str]]:
    lacking = checks.lacking
    if lacking is None or isinstance(lacking, Unchecked) or not lacking.denied:
        return
    yield (
        "PermissionMissing",
        f"{seen.identity.principal_arn} may not do {', '.join(lacking.denied)}, which {want.name} "
        f"needs; grant it. `sigopt-operator iam-policy` prints the whole policy; a permissions "
        f"boundary or an organisation's policy may forbid it too.",
    )
