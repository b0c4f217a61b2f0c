"""Network and roles: one CloudFormation stack, followed by its status and its parts'."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sigopt_operator.plan.actions import CreateStack, DeleteStack, UpdateStack
from sigopt_operator.plan.adoption import left_by_namesake
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import (
    ACCESS_ROLE,
    NetworkDesign,
    cidr_of,
    private_subnet,
    stack_name,
)
from sigopt_operator.plan.network.failures import (
    failure,
    for_a_person,
    left_under_a_cluster,
    under_a_cluster,
)
from sigopt_operator.plan.network.losses import cut_off, losses
from sigopt_operator.plan.network.mending import mend_vpc
from sigopt_operator.plan.network.roles import anothers_roles, mend_roles
from sigopt_operator.plan.network.stack_gone import stack_gone
from sigopt_operator.plan.network.subnets import is_going
from sigopt_operator.plan.network.zones import choose_zones
from sigopt_operator.plan.node_pools.group_tags import yet_to_follow
from sigopt_operator.plan.node_pools.part import of_pools
from sigopt_operator.plan.ownership import (
    TAG_ATTEMPT,
    TAG_CIDR,
    TAG_DESIGN,
    TAG_ZONES,
    conflict,
    ours,
)
from sigopt_operator.plan.snapshot import Snapshot, Stack
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.tags import edited, retags
from sigopt_operator.plan.unknown import STACK, strange, untold
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.leftovers import before_network, strangers

WHOLE = ("CREATE", "UPDATE", "UPDATE_ROLLBACK", "IMPORT")
COMPLETE = frozenset(f"{what}_COMPLETE" for what in WHOLE)
MENDABLE = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})
"""States of a stack made with DisableRollback: an update mends the failed part in place."""
HOPELESS = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
"""States that only a deletion leaves (CloudFormation User Guide, "stack status codes")."""
DELETABLE = ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS")
"""Progress amid which a stack can be deleted. In an update's it cannot: CloudFormation refuses it
(awslabs/clickstream-analytics-on-aws#573); any other is waited for too, since it ends by itself."""
RETRY_AFTER = timedelta(minutes=2)
SUBNETS_AFTER = timedelta(seconds=60)
SUBNETS_SOONEST = timedelta(seconds=25)
"""A VPC takes 12 to 15 seconds and its subnets 5 to 20 (CDK and Terraform logs)."""
ROLES_AFTER = timedelta(seconds=60)
ROLES_SOONEST = timedelta(seconds=15)
"""A role takes 13 to 18 seconds, and an update hardly ever makes more than those."""

OFFERS = {
    "clusterRole": ("ClusterRole",),
    "nodes": ("NodeRole", "PrivateRoute"),
    "accessRole": (ACCESS_ROLE,),
    "autoscalerRole": ("AutoscalerRole",),
}
"""What others build on, and the stack resources that have to be complete for it."""
EVERYTHING = frozenset({"subnets", *OFFERS})


def network(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """The stack as designed; offers subnets, clusterRole, nodes, accessRole as soon as they are."""
    stack = seen.stack
    if stack is None:
        return stack_gone(want, seen, EVERYTHING) or _create(want, seen, moment)
    if stack.status.endswith("_IN_PROGRESS") and _may_have(want, stack):
        return _watch(want, seen, stack)
    if not ours(stack.tags, want.uid):
        return _take_over(want, seen, stack)
    if not _known(stack):
        return strange(f"CloudFormation stack {stack.name}", stack.status)
    if stack.status in COMPLETE:
        return _settle(want, seen, stack)
    return _mend(want, seen, stack, moment)


def remove_network(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """The stack deleted and gone once nothing else stands in it; somebody else's is left alone."""
    stack = seen.stack
    if seen.stack_doubted:
        return untold("CloudFormation", f"a stack {stack_name(want.cluster_name)}")
    if stack is None or not ours(stack.tags, want.uid):
        return Step(ready=True)
    first = before_network(want, seen, moment)
    if stack.status.endswith("_IN_PROGRESS") and stack.status not in DELETABLE:
        return replace(first, ready=False, waiting=(*first.waiting, _until_settled(stack)))
    if not first.ready:
        return first
    if not _known(stack):
        return strange(f"CloudFormation stack {stack.name}", stack.status)
    step = _delete(want, stack)
    if stack.status != "DELETE_FAILED":
        waiting = Waiting(f"CloudFormation to delete {stack.name}", moment.now)
        return Step(actions=(step,), waiting=(waiting,))
    retry = moment.elapsed(stack.since) >= RETRY_AFTER
    return Step(
        actions=(step,) if retry else (),
        blocked=Blocked("StackDeletionFailed", failure(stack) + strangers(want, seen)),
    )


def rest_of_network(want: Wish, seen: Snapshot) -> Step:
    """A stack that an earlier resource left taken over, so that it can be deleted."""
    stack = seen.stack
    if stack is None or not left_by_namesake(stack.tags, want):
        return Step(message="waits until all is taken over that is to be deleted")
    if stack.status.endswith("_IN_PROGRESS"):
        return _watch(want, seen, stack)
    return _take_over(want, seen, stack)


def design_of(want: Wish, seen: Snapshot) -> NetworkDesign:
    """What the stack shall hold: zones once given keep their place, new ones are appended."""
    zones = tuple(seen.stack.tags.get(TAG_ZONES, "").split()) if seen.stack else ()
    types = tuple(pool.instance_types for pool in want.pools)
    given = bool(want.subnet_ids)
    return NetworkDesign(
        cluster_name=want.cluster_name,
        zones=choose_zones(zones, types, seen.facts) if seen.facts and not given else zones,
        maker=seen.identity.principal_arn,
        node_policies=want.additional_policies,
        cidr=want.vpc_cidr or cidr_of(seen.stack.tags if seen.stack else {}),
        roles_alone=given,
    )


def _create(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    design = design_of(want, seen)
    if not design.zones and not design.roles_alone:
        return Step(message="waits for what AWS sells in this region")
    name = stack_name(want.cluster_name)
    tags = _tags(want, design, attempt=1)
    token = want.token("create-stack", design.digest)
    return Step(
        actions=(CreateStack(name, design, tags, token),),
        waiting=(_for_subnets(f"CloudFormation to create {name}", moment.now),),
    )


def _watch(want: Wish, seen: Snapshot, stack: Stack) -> Step:
    offers = _offers_going(seen) if is_going(stack) else _offers(want, stack)
    verb = stack.status.split("_")[0].lower()
    early = stack.status == "CREATE_IN_PROGRESS" and "subnets" not in offers
    what = f"CloudFormation to {verb} {stack.name}"
    if early:
        waiting = _for_subnets(what, stack.since)
    elif stack.status.startswith("UPDATE_") or _roles_again(want, seen, stack):
        waiting = Waiting(what, stack.since, ROLES_AFTER, ROLES_SOONEST)
    else:
        waiting = Waiting(what, stack.since)
    return Step(waiting=(waiting,), offers=offers)


def _roles_again(want: Wish, seen: Snapshot, stack: Stack) -> bool:
    """Whether a cluster that lives already waits for a stack of roles alone."""
    lives = seen.cluster is not None and seen.cluster.status == "ACTIVE"
    return lives and bool(want.subnet_ids) and stack.status == "CREATE_IN_PROGRESS"


def _until_settled(stack: Stack) -> Waiting:
    if stack.status == "DELETE_IN_PROGRESS":
        return Waiting(f"CloudFormation to delete {stack.name}", stack.since)
    told = f"the end of {stack.status}: {stack.name} cannot be deleted before it"
    return Waiting(told, stack.since)


def _for_subnets(what: str, since: datetime) -> Waiting:
    """The control plane waits for no more than these."""
    return Waiting(what, since, SUBNETS_AFTER, SUBNETS_SOONEST)


def _known(stack: Stack) -> bool:
    return stack.status in STACK or stack.status.endswith("_IN_PROGRESS")


def _may_have(want: Wish, stack: Stack) -> bool:
    return ours(stack.tags, want.uid) or (want.adopt and left_by_namesake(stack.tags, want))


def _take_over(want: Wish, seen: Snapshot, stack: Stack) -> Step:
    told = conflict("CloudFormation stack", stack.name)
    if not left_by_namesake(stack.tags, want):
        return Step(blocked=Blocked("NameConflict", told))
    if not want.adopt:
        way = "An earlier SigOptCluster of this name left it: spec.adopt: true takes it over."
        return Step(blocked=Blocked("NameConflict", f"{told} {way}"))
    if stack.status not in COMPLETE | MENDABLE:
        if seen.cluster is not None:
            return Step(blocked=left_under_a_cluster(stack, seen.cluster))
        return Step(blocked=Blocked("NameConflict", f"{told} It is {stack.status}: delete it."))
    # An update gives the stack's tags to everything in it.
    update = _update(want, design_of(want, seen), stack)
    return Step(actions=(update,), message=f"taking over CloudFormation stack {stack.name}")


def _settle(want: Wish, seen: Snapshot, stack: Stack) -> Step:
    design = design_of(want, seen)
    followers = retags(want, seen)
    if followers:
        told = "; ".join(map(str, followers))
        return Step(actions=followers, message=told, offers=_offers(want, stack))
    if stack.tags.get(TAG_DESIGN) == design.digest and not edited(want, stack):
        return _as_made(want, seen, stack, design)
    late = yet_to_follow(want, seen, of_pools(want, seen))
    if edited(want, stack) and late:
        told = f"spec.tags: the stack follows after the node groups {', '.join(late)}"
        return Step(message=told, offers=_offers(want, stack))
    return Step(
        actions=(_update(want, design, stack),),
        message=f"updating CloudFormation stack {stack.name}",
        offers=_offers(want, stack),
    )


def _as_made(want: Wish, seen: Snapshot, stack: Stack, design: NetworkDesign) -> Step:
    """CloudFormation mends nothing that was changed beside it: IAM and EC2 are asked to."""
    mended = (*mend_roles(want, design, seen.roles, seen.identity), *mend_vpc(want, seen))
    lost = _roles_of_others(want, seen) or cut_off(want, seen)
    if mended or lost:
        return Step(actions=mended, blocked=lost, offers=_offers(want, stack))
    drift = "; CloudFormation itself reports drift of it" if stack.drifted else ""
    message = f"CloudFormation stack {stack.name}{drift}"
    return Step(ready=True, message=message, degraded=losses(want, seen))


def _roles_of_others(want: Wish, seen: Snapshot) -> Blocked | None:
    names = ", ".join(role.name for role in anothers_roles(want, seen.roles))
    return Blocked("NameConflict", conflict("IAM role", names)) if names else None


def _mend(want: Wish, seen: Snapshot, stack: Stack, moment: Moment) -> Step:
    blocked = Blocked("StackFailed", failure(stack))
    offers = _offers_going(seen) if stack.status in HOPELESS else _offers(want, stack)
    if moment.elapsed(stack.since) < RETRY_AFTER:
        return Step(blocked=blocked, offers=offers)
    action: UpdateStack | DeleteStack = _delete(want, stack)
    if stack.status in MENDABLE:
        action = _update(want, design_of(want, seen), stack)
    elif stack.status not in HOPELESS:
        return Step(blocked=Blocked("StackFailed", for_a_person(want, stack)), offers=offers)
    elif seen.cluster is not None:
        return Step(blocked=under_a_cluster(stack), offers=offers)
    return Step(actions=(action,), blocked=blocked, offers=offers)


def _update(want: Wish, design: NetworkDesign, stack: Stack) -> UpdateStack:
    attempt = _attempt(stack) + 1
    token = want.token("update-stack", design.digest, attempt, stack.since.isoformat())
    return UpdateStack(stack.name, design, _tags(want, design, attempt), token)


def _delete(want: Wish, stack: Stack) -> DeleteStack:
    """Another request each time that the last one came to an end: it is no repetition of that.

    CloudFormation takes a token for the same request (API reference, "ClientRequestToken"), and a
    deletion changes no tag that could count its attempts.
    """
    token = want.token("delete-stack", stack.since.isoformat())
    return DeleteStack(stack.id, stack.name, token)


def _tags(want: Wish, design: NetworkDesign, attempt: int) -> dict[str, str]:
    # CloudFormation takes no tag without a value.
    network = {TAG_ZONES: " ".join(design.zones), TAG_CIDR: design.cidr} if design.zones else {}
    return {**want.tags, TAG_DESIGN: design.digest, **network, TAG_ATTEMPT: str(attempt)}


def _attempt(stack: Stack) -> int:
    told = stack.tags.get(TAG_ATTEMPT, "")
    return int(told) if told.isdigit() else 1


def _offers_going(seen: Snapshot) -> frozenset[str]:
    """Nothing is begun in what is taken away; what stands there is looked after, as before."""
    return EVERYTHING if seen.cluster is not None else frozenset()


def _offers(want: Wish, stack: Stack) -> frozenset[str]:
    zones = stack.tags.get(TAG_ZONES, "").split()
    wanted = {**OFFERS, "subnets": tuple(private_subnet(i) for i in range(len(zones)))}
    if want.subnet_ids:
        wanted |= {"nodes": ("NodeRole",), "subnets": ("ClusterRole",)}
    return frozenset(
        offer
        for offer, ids in wanted.items()
        if ids and all(i in stack.resources and stack.resources[i].complete for i in ids)
    )
