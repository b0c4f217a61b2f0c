"""Access entries older than their role: EKS binds an entry to the principal's unique id.

A role that was deleted and made again has the same ARN and another id, so its entry lets nobody in
any more (EKS User Guide, "creating access entries"), and nothing in the entry shows it. What shows
it are two dates: when IAM made the role, and when EKS made the entry. Of users only IAM's
GetUser tells the date, which the operator does not ask.
"""

from __future__ import annotations

from datetime import datetime

from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.network.design import access_role, role_arn
from sigopt_operator.plan.network.roles import anothers_roles
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import AccessEntry, Snapshot
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.plan.wish import Wish


def made_at(want: Wish, seen: Snapshot) -> dict[str, datetime]:
    """By ARN, when the roles with an entry of ours were made: those known in this round."""
    who = seen.identity
    name = access_role(want.cluster_name)
    shared = seen.roles.get(name)
    if shared is not None and anothers_roles(want, {name: shared}):
        shared = None  # whoever has it now is not to be let in
    told = {
        who.principal_arn: who.principal_made_at,
        role_arn(who.partition, who.account, name): shared.made_at if shared else None,
    }
    return {arn: at for arn, at in told.items() if at is not None}


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


def not_ours(want: Wish, dead: dict[str, AccessEntry]) -> Blocked | None:
    """What a person has to do about those that somebody else made; None where there are none."""
    theirs = [arn for arn, entry in dead.items() if not ours(entry.tags or {}, want.uid)]
    if not theirs:
        return None
    told = " ".join(
        f"The access entry of {arn} lets nobody in any more: the role was deleted and made again "
        f"since, and EKS binds an entry to the role's unique id. It was not made for this "
        f"resource, so it stays until somebody deletes it; then it is made anew: "
        f"`aws eks delete-access-entry --region {want.region} --cluster-name {want.cluster_name} "
        f"--principal-arn {arn}`."
        for arn in theirs
    )
    return Blocked("AccessEntryDead", told)
