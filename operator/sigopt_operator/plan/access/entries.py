"""Access entries: who gets into the cluster's API, with which of EKS's access policies.

The operator's own and the access role's are there always. Those of `spec.access.entries` are kept
exactly in step: made, changed and removed with the spec, known by our tag. Entries of others are
left alone, also where the spec names their principal: that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sigopt_operator.plan.access.dead_entries import dead_entries, made_at, not_ours, why_dead
from sigopt_operator.plan.access.policies import Policies, told
from sigopt_operator.plan.actions import Action, GrantAccess, RemoveAccess, TakeOver
from sigopt_operator.plan.adoption import left_by_namesake
from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.network.design import access_role, node_role, role_arn
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import AccessEntry, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.wish import Wish

CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
ADMIN: Policies = {CLUSTER_ADMIN: ()}
OFFERS = ("operator", "role")
"""What others build on: that the operator gets in, and that the access role does."""


def entries(want: Wish, seen: Snapshot) -> Step:
    """Every entry as wished; offers operator and role as soon as these have theirs."""
    have = {entry.principal_arn: entry for entry in seen.access_entries}
    wanted, dead = wanted_policies(want, seen), dead_entries(want, seen)
    foreign = [arn for arn in wanted if _is_foreign(want, seen, have.get(arn))]
    theirs = {arn: entry for arn, entry in dead.items() if not _may_be_mended(want, entry)}
    left = {*foreign, *theirs}
    actions: list[Action] = []
    for arn, policies in wanted.items():
        if arn not in left:
            found = have.get(arn)
            anew = arn in dead
            actions += _brought_in_step(want, seen, arn, policies, found, anew=anew)
    actions += _superfluous(want, seen, wanted)
    pending = {a.principal_arn for a in actions if isinstance(a, GrantAccess)}
    offers = frozenset(
        offer
        for offer, arn in zip(OFFERS, principals(want, seen), strict=True)
        if arn not in pending and arn not in dead
    )
    blocked = not_ours(want, seen, theirs) or _conflict(want, foreign)
    late = sorted(seen.entries_doubted - wanted.keys() - cluster_principals(want, seen))
    waiting = tuple(Waiting(f"EKS to tell whether {arn} still has an access entry") for arn in late)
    return Step(
        ready=not actions and not blocked and not late,
        actions=tuple(actions),
        waiting=waiting,
        blocked=blocked,
        message="; ".join(map(str, actions)),
        offers=offers,
    )


def wanted_policies(want: Wish, seen: Snapshot) -> dict[str, Policies]:
    """What everybody is to have, by principal."""
    own, shared = principals(want, seen)
    finer = want.entries
    return {
        **finer,
        own: {**finer.get(own, {}), **ADMIN},
        shared: finer.get(shared) or ADMIN,
    }


def principals(want: Wish, seen: Snapshot) -> tuple[str, str]:
    """Who has an entry always: the operator itself, and the access role."""
    return seen.identity.principal_arn, _role(seen, access_role(want.cluster_name))


def cluster_principals(want: Wish, seen: Snapshot) -> frozenset[str]:
    """Whose entries need no tag to be ours; EKS makes that of the nodes' role by itself."""
    return frozenset((*principals(want, seen), _role(seen, node_role(want.cluster_name))))


def _role(seen: Snapshot, name: str) -> str:
    return role_arn(seen.identity.partition, seen.identity.account, name)


def _is_foreign(want: Wish, seen: Snapshot, entry: AccessEntry | None) -> bool:
    if entry is None or entry.principal_arn in principals(want, seen):
        return False
    return not _may_be_mended(want, entry)


def _may_be_mended(want: Wish, entry: AccessEntry) -> bool:
    """Whether it is ours, or becomes so first."""
    return _is_ours(want, entry) or _to_take_over(want, entry)


def _is_ours(want: Wish, entry: AccessEntry) -> bool:
    return ours(entry.tags or {}, want.uid)


def _to_take_over(want: Wish, entry: AccessEntry) -> bool:
    return want.adopt and left_by_namesake(entry.tags or {}, want)


def _brought_in_step(
    want: Wish,
    seen: Snapshot,
    arn: str,
    policies: Policies,
    entry: AccessEntry | None,
    *,
    anew: bool,
) -> Iterator[Action]:
    """With `anew`, should the operator be killed in between, the entry is simply missing."""
    if entry is not None and _to_take_over(want, entry):
        yield TakeOver("Access", "access entry", entry.arn, arn, want.tags)
        return
    have = entry.policies if entry and not anew else {}
    own, shared = principals(want, seen)
    lacking = {name: where for name, where in policies.items() if have.get(name) != where}
    # What somebody gives to the operator beyond what it needs is their affair.
    excess = () if arn == own else tuple(sorted(name for name in have if name not in policies))
    if not lacking and not excess:
        return
    if entry and anew:
        why = why_dead(entry, made_at(want, seen)[arn])
    else:
        found = "none" if entry is None else f"with policies {told(have)}"
        why = Difference(f"access entry of {arn}", found, f"with policies {told(policies)}")
    yield GrantAccess(
        cluster=want.cluster_name,
        principal_arn=arn,
        policies=lacking,
        revoke=excess,
        create=entry is None or anew,
        anew=anew,
        of_spec=arn in want.entries,
        always=arn in (own, shared),
        tags=want.tags,
        differences=(why,),
    )


def _superfluous(
    want: Wish, seen: Snapshot, wanted: Mapping[str, Policies]
) -> Iterator[RemoveAccess | TakeOver]:
    """Entries that were made for this resource, and that it wants no more.

    What an earlier one made, whose cluster was taken over, is taken over before it goes.
    """
    kept = cluster_principals(want, seen)
    for entry in seen.access_entries:
        arn = entry.principal_arn
        if arn in wanted or arn in kept:
            continue
        if _is_ours(want, entry):
            yield RemoveAccess(want.cluster_name, arn, want.uid)
        elif _to_take_over(want, entry):
            yield TakeOver("Access", "access entry", entry.arn, arn, want.tags)


def _conflict(want: Wish, foreign: list[str]) -> Blocked | None:
    if not foreign:
        return None
    told = (
        f"spec.access.entries: EKS cluster {want.cluster_name} has access entries of "
        f"{', '.join(foreign)} that somebody else made. They are left as they are. Take the items "
        f"out, or have the entries made anew by the operator: aws eks delete-access-entry "
        f"--region {want.region} --cluster-name {want.cluster_name} --principal-arn {foreign[0]}"
    )
    return Blocked("NameConflict", told)
