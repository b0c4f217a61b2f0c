"""Adoption: what is there under the wanted names, and not ours, is taken over; only when asked.

Two kinds can be: what nobody's tag is on (somebody made it by hand, with eksctl, Terraform ...),
and what an earlier SigOptCluster of the very same namespace and name left (`deletionPolicy:
Retain`). What carries the tag of another SigOptCluster is never taken.

Taking over is putting our tags on; from then on it is ours like what we made. Of somebody else's
cluster that is the control plane alone: its network and its node groups stay theirs, and our pools
are made beside them, in its own subnets. Of an earlier resource's it is everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sigopt_operator.plan.actions import TakeOver
from sigopt_operator.plan.network.design import VPC, cidr_of, has_network, stack_name
from sigopt_operator.plan.ownership import (
    TAG_ADOPTED,
    TAG_RESOURCE,
    TAG_UID,
    conflict,
    of_that_name,
    ours,
)
from sigopt_operator.plan.snapshot import Cluster, Snapshot, Stack
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.unknown import CLUSTER, strange
from sigopt_operator.plan.wish import Wish


def left_by_namesake(tags: Mapping[str, str], want: Wish) -> bool:
    """Whether an earlier SigOptCluster of this namespace and name made it, and left it."""
    named = of_that_name(tags, want.namespace, want.name)
    return named and TAG_UID in tags and not ours(tags, want.uid)


def grounded(want: Wish, seen: Snapshot) -> Wish:
    """The wish with the network that an adopted cluster stands in, unless the spec says which.

    It is not ours either where an earlier resource was given its subnets, and left a stack without
    a network.
    """
    cluster, stack = seen.cluster, seen.stack
    if cluster is None or want.subnet_ids:
        return want
    if not _somebodys(cluster, want) and not (stack and _roles_alone(stack, want)):
        return want
    return replace(want, subnet_ids=tuple(sorted(cluster.subnet_ids)))


def adoption(want: Wish, seen: Snapshot) -> Step | None:
    """What is to be taken over first, or why it is not; None where nothing is in the way."""
    cluster = seen.cluster
    if cluster is not None and not ours(cluster.tags, want.uid):
        blocked = _refusal(want, seen, cluster)
        if blocked:
            return Step(blocked=blocked)
        if cluster.status not in CLUSTER:
            return strange(f"the control plane {cluster.name}", cluster.status)
        if cluster.status != "ACTIVE":
            return Step(waiting=(Waiting(f"{cluster.name}, which is {cluster.status}"),))
    if cluster is None and want.adopt and seen.stack is not None:
        lost = _of_an_empty_network(want, seen.stack)
        if lost:
            return Step(blocked=Blocked("AdoptionNotPossible", lost))
    actions = tuple(_taking(want, seen)) if want.adopt else ()
    if not actions:
        return None
    return Step(actions=actions, message="; ".join(map(str, actions)))


def taken_in_part(want: Wish, seen: Snapshot) -> bool:
    """Whether some of what an earlier resource left is ours by now, and some is not yet."""
    tags = [group.tags for group in seen.node_groups]
    tags += [template.tags for template in seen.launch_templates]
    tags += [seen.cluster.tags] if seen.cluster else []
    tags += [seen.stack.tags] if seen.stack else []
    some = any(ours(each, want.uid) for each in tags)
    return want.adopt and some and any(left_by_namesake(each, want) for each in tags)


def rest(want: Wish, seen: Snapshot) -> Step:
    """The rest of it taken over, but for the stack.

    Of a cluster that somebody else made there is no rest: it was not begun to be taken over.
    """
    theirs = seen.cluster is not None and not left_by_namesake(seen.cluster.tags, want)
    actions = tuple(_taking(want, replace(seen, cluster=None) if theirs else seen))
    told = "; ".join(map(str, actions)) or "waits until all is taken over that is to be deleted"
    return Step(actions=actions, message=told)


def preview(want: Wish, seen: Snapshot, cluster: Cluster) -> str:
    """What adopting this cluster would change and what it would leave, in words."""
    taken = [str(action) for action in _taking(want, seen)]
    if seen.stack is not None and left_by_namesake(seen.stack.tags, want):
        taken.append(f"take over CloudFormation stack {seen.stack.name}")
    else:
        taken.append(f"make CloudFormation stack {stack_name(want.cluster_name)} with roles alone")
    stay = [g.name for g in seen.node_groups if not left_by_namesake(g.tags, want)]
    left = f"the network {cluster.vpc_id}".strip()
    left += f" and the node groups {', '.join(stay)}" if stay else ""
    pools = ", ".join(pool.name for pool in want.pools)
    return (
        f"{', '.join(taken)}, and bring it to this spec (version, endpoint access, logging, "
        f"add-ons, pools {pools}); {left} would stay as they are"
    )


def _refusal(want: Wish, seen: Snapshot, cluster: Cluster) -> Blocked | None:
    told = conflict("EKS cluster", cluster.name)
    if TAG_UID in cluster.tags and not left_by_namesake(cluster.tags, want):
        return Blocked("NameConflict", f"{told} {_other(want, cluster)}")
    if not want.adopt and cluster.status == "FAILED":
        return Blocked("NameConflict", f"{told} {_failed(want, cluster)}")
    if not want.adopt:
        would = preview(want, seen, cluster)
        return Blocked(
            "NameConflict",
            f"{told} Or take it over: spec.adopt: true, with spec.deletionPolicy stated, would "
            f"{would}. Only to look at it: managementPolicy: Observe.",
        )
    stack = seen.stack
    if stack and not ours(stack.tags, want.uid) and not left_by_namesake(stack.tags, want):
        return Blocked("NameConflict", conflict("CloudFormation stack", stack.name))
    if cluster.status == "FAILED":
        return Blocked("ControlPlaneFailed", _failed(want, cluster))
    obstacle = next(_obstacles(want, seen, cluster), None)
    return Blocked("AdoptionNotPossible", obstacle) if obstacle else None


def _other(want: Wish, cluster: Cluster) -> str:
    return (
        f"Its tags say that it is the SigOptCluster {cluster.tags.get(TAG_RESOURCE)}'s. If that "
        f"one is gone for good, take the tag away and it can be adopted: aws eks untag-resource "
        f"--region {want.region} --resource-arn {cluster.arn} --tag-keys {TAG_UID} {TAG_RESOURCE}"
    )


def _failed(want: Wish, cluster: Cluster) -> str:
    """It never heals; and what is not ours is not ours to delete."""
    why = "; ".join(cluster.health) or "EKS gives no reason"
    return (
        f"EKS cluster {cluster.name} is FAILED ({why}), and none that failed recovers: it cannot "
        f"be taken over. Delete it, if nobody needs it, and one is made in its place: "
        f"aws eks delete-cluster --region {want.region} --name {cluster.name}"
    )


def _obstacles(want: Wish, seen: Snapshot, cluster: Cluster) -> Iterator[str]:
    gone = seen.stack is None and not want.subnet_ids
    if gone and left_by_namesake(cluster.tags, want) and TAG_ADOPTED not in cluster.tags:
        yield (
            f"CloudFormation stack {stack_name(want.cluster_name)}, with the network and the roles "
            f"of EKS cluster {cluster.name}, is gone. Say in which subnets the cluster stands, in "
            f"a new resource, and only the roles are made anew: spec.network.subnetIds: "
            f"[{', '.join(cluster.subnet_ids)}]."
        )
    yield from _of_the_network(want, seen.stack, cluster)
    if cluster.authentication_mode == "CONFIG_MAP":
        yield (
            f"EKS cluster {cluster.name} knows no access entries (authentication mode CONFIG_MAP), "
            f"and the operator works with them. Its owner can allow them; the aws-auth ConfigMap "
            f"stays valid: aws eks update-cluster-config --region {want.region} "
            f"--name {cluster.name} --access-config authenticationMode=API_AND_CONFIG_MAP"
        )
    if want.version and _minor(want.version) < _minor(cluster.version):
        yield (
            f"spec.kubernetesVersion is {want.version}, EKS cluster {cluster.name} is at "
            f"{cluster.version}, and versions are never lowered: write {cluster.version}, or leave "
            f"the field out, in a new resource."
        )


def _of_the_network(want: Wish, stack: Stack | None, cluster: Cluster) -> Iterator[str]:
    """Where an update of the stack to this spec would take away the network that it holds."""
    if stack is None or not has_network(stack.tags):
        return
    held = f"CloudFormation stack {stack.name} holds a network"
    if _somebodys(cluster, want):
        yield held + (_untagged if _stands_in(stack, cluster) else _elsewhere)(want, stack, cluster)
    elif want.subnet_ids:
        yield (
            f"spec.network.subnetIds: {held}, in which EKS cluster {cluster.name} stands, and it "
            f"is taken over with it: leave spec.network out, in a new resource."
        )
    elif want.vpc_cidr not in (None, cidr_of(stack.tags)):
        yield (
            f"spec.network.cidr is {want.vpc_cidr}, and {held} of {cidr_of(stack.tags)}, in which "
            f"EKS cluster {cluster.name} stands: write that, or leave spec.network out, in a new "
            f"resource."
        )


def _stands_in(stack: Stack, cluster: Cluster) -> bool:
    vpc = stack.resources.get(VPC)
    return vpc is not None and vpc.physical_id == cluster.vpc_id


def _untagged(want: Wish, stack: Stack, cluster: Cluster) -> str:
    tags = ",".join(f"{key}={stack.tags.get(key, '')}" for key in (TAG_UID, TAG_RESOURCE))
    return (
        f", and EKS cluster {cluster.name} stands in it without the tags of the SigOptCluster that "
        f"the stack was made for. If it is that one's cluster, put them on, and it is taken over "
        f"with its network: aws eks tag-resource --region {want.region} "
        f"--resource-arn {cluster.arn} --tags {tags}"
    )


def _elsewhere(want: Wish, stack: Stack, cluster: Cluster) -> str:
    return (
        f" that an earlier SigOptCluster of this name left, and EKS cluster {cluster.name}, which "
        f"somebody else made, does not stand in it. Delete that stack first: "
        f"{_deletion(want, stack)}"
    )


def _of_an_empty_network(want: Wish, stack: Stack) -> str:
    """The same where the cluster that stood in it is gone; empty where it is simply taken over.

    Nobody knows what else stands in it, or in which of its subnets the next cluster would be begun
    before they go: so a person chooses.
    """
    if not left_by_namesake(stack.tags, want) or not has_network(stack.tags):
        return ""
    block = cidr_of(stack.tags)
    if not want.subnet_ids and want.vpc_cidr in (None, block):
        return ""
    field = "subnetIds" if want.subnet_ids else "cidr"
    return (
        f"spec.network.{field}: CloudFormation stack {stack.name} holds a network of {block} that "
        f"an earlier SigOptCluster of this name left, and to take it over like this would delete "
        f"that network. To have the cluster in it, leave spec.network out, in a new resource. If "
        f"nothing needs it any more, delete that stack: {_deletion(want, stack)}"
    )


def _deletion(want: Wish, stack: Stack) -> str:
    return f"aws cloudformation delete-stack --region {want.region} --stack-name {stack.id}"


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _taking(want: Wish, seen: Snapshot) -> Iterator[TakeOver]:
    cluster = seen.cluster
    if cluster is not None and not ours(cluster.tags, want.uid):
        mark = {} if left_by_namesake(cluster.tags, want) else {TAG_ADOPTED: "true"}
        yield TakeOver("ControlPlane", "EKS cluster", cluster.arn, cluster.name, want.tags | mark)
    for group in seen.node_groups:
        if left_by_namesake(group.tags, want):
            yield TakeOver("NodePools", "node group", group.arn, group.name, want.tags)
    for template in seen.launch_templates:
        if left_by_namesake(template.tags, want):
            yield TakeOver("NodePools", "launch template", template.id, template.name, want.tags)
    for addon in seen.addons:
        if left_by_namesake(addon.tags, want):
            yield TakeOver("Addons", "add-on", addon.arn, addon.name, want.tags)


def _roles_alone(stack: Stack, want: Wish) -> bool:
    mine = ours(stack.tags, want.uid) or left_by_namesake(stack.tags, want)
    return mine and not has_network(stack.tags)


def _somebodys(cluster: Cluster, want: Wish) -> bool:
    """Whether its network is not ours: it was adopted, or is about to be."""
    return TAG_ADOPTED in cluster.tags or (want.adopt and TAG_UID not in cluster.tags)
