"""Which of the operator's actions its identity may not do, by IAM's own simulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.policy import FEATURES, grants
from sigopt_operator.plan.checks import Lacking
from sigopt_operator.plan.snapshot import Identity

ANY = "*"
PRESENT = "present"
MOST_RESULTS = 1000


def lacking_rights(
    clients: Clients,
    who: Identity,
    region: str,
    cluster_name: str,
    unused: Collection[str] = (),
) -> Lacking:
    """Actions that IAM would deny, sorted; a few calls, one for each kind of resource.

    Left out is reading with a wildcard, which says itself where it is denied, and what only
    features need that are `unused`. Tags by which the policy knows what is the operator's are taken
    to be there. The account's root may do everything, and cannot be simulated.
    """
    if who.principal_arn.endswith(":root"):
        return Lacking()
    found: list[_Denial] = []
    for resources, wanted in _questions(who, region, cluster_name, unused):
        found += _denied(clients, who, region, resources, wanted)
    return Lacking(
        denied=tuple(sorted({one.action for one in found if one.sure})),
        unsure=tuple(sorted({one.action for one in found if not one.sure})),
    )


@dataclass(frozen=True)
class _Denial:
    action: str
    sure: bool


def _questions(
    who: Identity, region: str, cluster_name: str, unused: Collection[str]
) -> Iterator[tuple[tuple[str, ...], dict[str, frozenset[str]]]]:
    """For each kind of resources: these, and the resources of every action."""
    by_kind: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    skipped = {sid for feature in unused for sid in FEATURES[feature]}
    for grant in (grant for grant in grants() if grant.sid not in skipped):
        for pattern in grant.resources:
            resource = ANY if pattern == ANY else concrete(pattern, who, region, cluster_name)
            for action in (action for action in grant.actions if ANY not in action):
                by_kind[_kind(pattern)][action].add(resource)
    for actions in by_kind.values():
        resources = sorted({resource for of in actions.values() for resource in of})
        yield tuple(resources), {action: frozenset(of) for action, of in actions.items()}


def _kind(pattern: str) -> str:
    """What is asked in one call: whatever is for any resource, IAM's roles, and all else."""
    return pattern if pattern == ANY else "iam" if ":iam:" in pattern else "others"


def concrete(pattern: str, who: Identity, region: str, cluster_name: str) -> str:
    """The ARN that a pattern of the policy means for this cluster; `any` where any name will do."""
    _, _, service, _, _, resource = pattern.split(":", 5)
    where = "" if service == "iam" else region
    named = resource.replace("*-", f"{cluster_name}-", 1).replace("eks*.", "eks.")
    return f"arn:{who.partition}:{service}:{where}:{who.account}:{named.replace(ANY, 'any')}"


def _denied(
    clients: Clients,
    who: Identity,
    region: str,
    resources: tuple[str, ...],
    wanted: dict[str, frozenset[str]],
) -> Iterator[_Denial]:
    pages = clients.iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=who.principal_arn,
        ActionNames=sorted(wanted),
        ResourceArns=list(resources),
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in _context(region).items()
        ],
        PaginationConfig={"PageSize": MOST_RESULTS},
    )
    for told in (result for page in pages for result in page["EvaluationResults"]):
        action, asked = told["EvalActionName"], told.get("EvalResourceName", ANY)
        if told["EvalDecision"] == "allowed" or asked not in wanted[action]:
            continue
        unknown = told.get("MissingContextValues", [])
        yield _Denial(action, sure=told["EvalDecision"] == "explicitDeny" or not unknown)


def _context(region: str) -> dict[str, str]:
    """Where it is asked, and every tag that the policy wants to be there, with some value."""
    tags = {key: PRESENT for grant in grants() for key in grant.conditions}
    return {"aws:RequestedRegion": region, **dict(sorted(tags.items()))}
