"""Access entries older than their role: EKS binds an entry to the principal's unique id.

A role that was deleted and made again has the same ARN and another id, so its entry lets nobody in
any more (EKS User Guide, "creating access entries"), and nothing in the entry shows it. What shows
it are two dates: when IAM made the role, and when EKS made the entry. Of users only IAM's
GetUser tells the date, which the operator does not ask.

The entry of the nodes' role is EKS's: it makes one with the first node group, and keeps that one
(seen by users, aws/containers-roadmap issue 2631), so that no new node gets in. That is told.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.network.design import access_role, node_role, role_arn
from sigopt_operator.plan.network.roles import anothers_roles
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import AccessEntry, Snapshot
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.plan.wish import Wish


def made_at(want: Wish, seen: Snapshot) -> dict[str, datetime]:
    """By ARN, when the roles that always have an entry were made: those known in this round."""
    who = seen.identity
    names = (access_role(want.cluster_name), node_role(want.cluster_name))
    found = {name: role for name in names if (role := seen.roles.get(name))}
    for role in anothers_roles(want, found):
        del found[role.name]  # whoever has it now is not to be let in
    told = {who.principal_arn: who.principal_made_at}
    told |= {_arn(seen, name): role.made_at for name, role in found.items()}
    return {arn: at for arn, at in told.items() if at is not None}


def nodes_made_at(want: Wish, seen: Snapshot) -> tuple[str, datetime | None]:
    """ARN of the nodes' role, and when it was made, where that is known and is after the cluster.

    The entry of one that is older than the cluster cannot be dead.
    """
    arn = _arn(seen, node_role(want.cluster_name))
    at = made_at(want, seen).get(arn)
    lately = at is not None and seen.cluster is not None and at > seen.cluster.created_at
    return arn, at if lately else None


def dead_entries(want: Wish, seen: Snapshot) -> dict[str, AccessEntry]:
    """By ARN, the entries that let nobody in."""
    roles = made_at(want, seen)
    return {
        entry.principal_arn: entry
        for entry in seen.access_entries
        if is_dead(entry, roles.get(entry.principal_arn))
    }


def is_dead(entry: AccessEntry, role_made_at: datetime | None) -> bool:
    """Whether the entry was made for an earlier role of that ARN."""
    known = entry.made_at is not None and role_made_at is not None
    return known and entry.made_at < role_made_at  # type: ignore[operator] # both known


def why_dead(entry: AccessEntry, role_made_at: datetime) -> Difference:
    """The same, in the words of a repair."""
    found = f"made {entry.made_at:%Y-%m-%d %H:%M:%S} UTC for an earlier role of that name"
    wanted = f"made after the role, which was made {role_made_at:%Y-%m-%d %H:%M:%S} UTC"
    return Difference(f"access entry of {entry.principal_arn}", found, wanted)


def not_ours(want: Wish, seen: Snapshot, theirs: Collection[str]) -> Blocked | None:
    """What a person has to do about the dead ones that are not ours; None where there are none."""
    if not theirs:
        return None
    nodes = _arn(seen, node_role(want.cluster_name))
    told = (_of_nodes(want, seen, arn) if arn == nodes else _told(want, arn) for arn in theirs)
    return Blocked("AccessEntryDead", " ".join(told))


def _told(want: Wish, arn: str) -> str:
    return (
        f"The access entry of {arn} lets nobody in any more: the role was deleted and made again "
        f"since, and EKS binds an entry to the role's unique id. It was not made for this "
        f"resource, so it stays until somebody deletes it; then it is made anew: "
        f"`aws eks delete-access-entry {_where(want)} --principal-arn {arn}`."
    )


def _of_nodes(want: Wish, seen: Snapshot, arn: str) -> str:
    role_made_at = made_at(want, seen)[arn]
    entry = f"{_where(want)} --principal-arn {arn}"
    before = [
        f" && aws eks delete-nodegroup {_where(want)} --nodegroup-name {group.name}"
        for group in seen.node_groups
        if group.created_at < role_made_at and ours(group.tags, want.uid)
    ]
    groups = " Node groups from before have no role any more, and are made anew." if before else ""
    return (
        f"No new node gets in: {arn}, the role of the nodes, was deleted and made again since EKS "
        f"made its access entry, and EKS binds an entry to the role's unique id.{groups} What to "
        f"do: `aws eks delete-access-entry {entry} && aws eks create-access-entry {entry} "
        f"--type EC2_LINUX{''.join(before)}`."
    )


def _where(want: Wish) -> str:
    return f"--region {want.region} --cluster-name {want.cluster_name}"


def _arn(seen: Snapshot, role: str) -> str:
    return role_arn(seen.identity.partition, seen.identity.account, role)
