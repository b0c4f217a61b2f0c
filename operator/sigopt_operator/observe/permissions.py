"""Which of the operator's actions its identity may not do, by IAM's own simulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.policy import grants
from sigopt_operator.plan.snapshot import Identity

ANY = "*"
MOST_RESULTS = 1000


def missing_actions(
    clients: Clients, who: Identity, region: str, cluster_name: str
) -> tuple[str, ...]:
    """Actions that IAM would deny, sorted; a few calls, one for each kind of resource.

    What depends on something that cannot be known beforehand (a condition on a context key) is
    not called missing. Reading with a wildcard is left out: where it is denied, the reading itself
    says so. The account's root may do everything, and cannot be simulated.
    """
    if who.principal_arn.endswith(":root"):
        return ()
    denied: set[str] = set()
    for resources, wanted in _questions(who, region, cluster_name):
        denied |= _denied(clients, who, region, resources, wanted)
    return tuple(sorted(denied))


def _questions(
    who: Identity, region: str, cluster_name: str
) -> Iterator[tuple[tuple[str, ...], dict[str, frozenset[str]]]]:
    """For each service with resources of its own: these, and the resources of every action."""
    by_kind: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for grant in grants():
        for pattern in grant.resources:
            resource = ANY if pattern == ANY else concrete(pattern, who, region, cluster_name)
            for action in grant.actions:
                if ANY not in action:
                    by_kind[pattern.split(":")[2] if pattern != ANY else ANY][action].add(resource)
    for actions in by_kind.values():
        resources = sorted({resource for of in actions.values() for resource in of})
        yield tuple(resources), {action: frozenset(of) for action, of in actions.items()}


def concrete(pattern: str, who: Identity, region: str, cluster_name: str) -> str:
    """The ARN that a pattern of the policy means for this cluster."""
    _, _, service, _, _, resource = pattern.split(":", 5)
    where = "" if service == "iam" else region
    named = resource.replace("*-", f"{cluster_name}-", 1).replace("eks*.", "eks.")
    named = named.replace("/*", "/any")
    return f"arn:{who.partition}:{service}:{where}:{who.account}:{named}"


def _denied(
    clients: Clients,
    who: Identity,
    region: str,
    resources: tuple[str, ...],
    wanted: dict[str, frozenset[str]],
) -> set[str]:
    pages = clients.iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=who.principal_arn,
        ActionNames=sorted(wanted),
        ResourceArns=list(resources),
        ContextEntries=[
            {
                "ContextKeyName": "aws:RequestedRegion",
                "ContextKeyValues": [region],
                "ContextKeyType": "string",
            }
        ],
        PaginationConfig={"PageSize": MOST_RESULTS},
    )
    return {
        told["EvalActionName"]
        for page in pages
        for told in page["EvaluationResults"]
        if told["EvalDecision"] != "allowed"
        and not told.get("MissingContextValues")
        and told.get("EvalResourceName", ANY) in wanted[told["EvalActionName"]]
    }
