"""What becomes of a snapshot by the stack: one that is made or changed, and what is under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sigopt_operator.plan import actions
from sigopt_operator.plan.access.trust import trust_of
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import NetworkDesign, cluster_of, private_subnet
from sigopt_operator.plan.network.part import OFFERS
from sigopt_operator.plan.network.roles import roles_of
from sigopt_operator.plan.ownership import TAG_ZONES
from sigopt_operator.plan.snapshot import Role, Snapshot, Stack, StackResource

BUILDING = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
"""Progress amid which CloudFormation lists only what it began to make."""


def settled_stack(seen: Snapshot) -> Snapshot:
    """What CloudFormation is doing already has ended well."""
    stack = seen.stack
    if stack is None or stack.status == "DELETE_IN_PROGRESS":
        return replace(seen, stack=None)
    listed = {
        name: replace(r, status=r.status.replace("_IN_PROGRESS", "_COMPLETE"))
        for name, r in stack.resources.items()
    }
    # Of an update that is only cleaned up after, COMPLETE is in the name already.
    status = stack.status.replace("_COMPLETE_CLEANUP", "").replace("_IN_PROGRESS", "_COMPLETE")
    ended = replace(stack, status=status, resources=listed)
    if stack.status not in BUILDING:
        return replace(seen, stack=ended)
    zones = tuple(stack.tags.get(TAG_ZONES, "").split())
    design = NetworkDesign(cluster_of(stack.name), zones, maker=seen.identity.principal_arn)
    # Subnets without ids would all be one.
    known = {name: replace(r, physical_id=r.physical_id or name) for name, r in listed.items()}
    return _with(seen, replace(ended, resources={**_resources(design), **known}), design)


def _stack_made(
    seen: Snapshot, action: actions.CreateStack | actions.UpdateStack, moment: Moment
) -> Snapshot:
    made = Stack(
        id=action.name,
        name=action.name,
        status="CREATE_COMPLETE",
        since=moment.now,
        tags=action.tags,
        resources=_resources(action.design),
    )
    return _with(seen, made, action.design)


def _resources(design: NetworkDesign) -> dict[str, StackResource]:
    """What others build on, complete; its ids are made up."""
    subnets = {private_subnet(i) for i in range(len(design.zones))}
    ids = {name for of in OFFERS.values() for name in of} | subnets
    return {name: StackResource(name, name, "CREATE_COMPLETE") for name in sorted(ids)}


def _with(seen: Snapshot, stack: Stack, design: NetworkDesign) -> Snapshot:
    """What was seen of the network before is no measure of what stands in it now."""
    free = [role.name for role in roles_of(design) if role.trust_is_free]
    roles = {name: Role(name, trust_of([design.maker]), inline=None) for name in free}
    return replace(seen, stack=stack, roles={**roles, **seen.roles}, vpc=None)


STACKS: Mapping[type, Callable[[Snapshot, Any, Moment], Snapshot]] = {
    actions.CreateStack: _stack_made,
    actions.UpdateStack: _stack_made,
    actions.DeleteStack: lambda seen, _action, _moment: replace(seen, stack=None),
}
