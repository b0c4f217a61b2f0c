"""Node pools: each a managed node group whose name carries a hash of what cannot be changed.

A pool whose immutable part changed is simply another name: the wanted node group is made, and those
of that pool no longer wanted are deleted once it is active. Replacement needs no case of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from sigopt_operator.plan.actions import (
    CreateNodeGroup,
    DeleteLaunchTemplate,
    DeleteNodeGroup,
    ScaleNodeGroup,
)
from sigopt_operator.plan.design import node_role, role_arn
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network import subnets_by_zone
from sigopt_operator.plan.ownership import TAG_POOL, conflict, ours
from sigopt_operator.plan.snapshot import InstanceType, LaunchTemplate, NodeGroup, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.taint import Taint
from sigopt_operator.plan.versions import node_group_version, upgrading
from sigopt_operator.plan.wish import GPU_POOL, Pool, Wish

USABLE = ("ACTIVE", "DEGRADED")
NAME_REVISION = 1
"""Raised when node groups must be made anew for a reason that is not in the spec."""
TYPE_LABEL = "orchestrate.sigopt.com/node-group-type"
GPU_TAINT = Taint("nvidia.com/gpu", "present", "NO_SCHEDULE")
"""With a value: cluster-autoscaler cannot see a taint without one when it scales from zero."""


def node_group_name(pool: Pool) -> str:
    """`<pool>-<hash of its immutable part>`: the same wish always has the same name."""
    told = f"{NAME_REVISION}/{pool.instance_type}/{pool.volume_size}"
    return f"{pool.name}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def launch_template_name(cluster_name: str, node_group: str) -> str:
    """The node group's own launch template; their names are shared by a whole region."""
    return f"{cluster_name}-{node_group}"


def node_pools(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Every wanted node group usable and within its limits, and none of ours beside them."""
    groups = {group.name: group for group in seen.node_groups}
    steps = [
        _pool(want, seen, pool, groups.get(node_group_name(pool)), moment) for pool in want.pools
    ]
    steps += _unwanted(want, seen, groups)
    merged = merge(steps)
    names = ", ".join(pool.name for pool in want.pools)
    return replace(merged, message=f"pools {names}") if merged.ready else merged


def remove_node_pools(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """All of our node groups and launch templates gone."""
    mine = [group for group in seen.node_groups if ours(group.tags, want.uid)]
    steps = [_delete(want, group) for group in mine]
    steps += _left_templates(want, seen, keep=frozenset(group.name for group in mine))
    return merge(steps)


def merge(steps: list[Step]) -> Step:
    """One answer of many: ready when all are, blocked when any is."""
    return Step(
        ready=all(step.ready for step in steps),
        message="; ".join(step.message for step in steps if step.message),
        actions=tuple(action for step in steps for action in step.actions),
        waiting=tuple(waiting for step in steps for waiting in step.waiting),
        blocked=next((step.blocked for step in steps if step.blocked), None),
        degraded="; ".join(step.degraded for step in steps if step.degraded),
    )


def _pool(want: Wish, seen: Snapshot, pool: Pool, group: NodeGroup | None, moment: Moment) -> Step:
    if group is None:
        if seen.cluster is not None and seen.cluster.status != "ACTIVE":
            # EKS refuses: "Cluster '...' is not in ACTIVE status".
            return Step(message=f"spec.{pool.name}: waits until the control plane is updated")
        return _create(want, seen, pool, moment)
    if not ours(group.tags, want.uid):
        return Step(blocked=Blocked("NameConflict", conflict("node group", group.name)))
    why = "; ".join(group.health)
    match group.status:
        case "ACTIVE" | "DEGRADED":
            step = _scale(want, pool, group, why)
            moved = node_group_version(want, seen, group, moment) if step.ready else None
            return moved or step
        case "CREATE_FAILED" | "DELETE_FAILED":
            return Step(
                actions=(DeleteNodeGroup(want.cluster_name, group.name),),
                blocked=Blocked(
                    "NodeGroupFailed",
                    f"spec.{pool.name}: node group {group.name} is {group.status}: {why}",
                ),
            )
        case "UPDATING" if group.last_update and group.last_update.status == "InProgress":
            return Step(waiting=(upgrading(group, group.last_update),))
        case status:
            since = group.created_at if status == "CREATING" else None
            what = f"EKS to {status.removesuffix('ING').lower()}e node group {group.name}"
            return Step(waiting=(Waiting(what, since),))


def _scale(want: Wish, pool: Pool, group: NodeGroup, health: str) -> Step:
    if (group.min_size, group.max_size) == (pool.min_nodes, pool.max_nodes):
        return Step(ready=True, degraded=f"{group.name}: {health}" if health else "")
    # The autoscaler owns the desired size: it goes along only where the limits do not admit it.
    clamped = min(max(group.desired_size, pool.min_nodes), pool.max_nodes)
    limits = (pool.min_nodes, pool.max_nodes)
    action = ScaleNodeGroup(
        cluster=want.cluster_name,
        name=group.name,
        min_size=pool.min_nodes,
        max_size=pool.max_nodes,
        desired_size=None if clamped == group.desired_size else clamped,
        token=want.token("scale", group.name, *limits, group.modified_at.isoformat()),
    )
    return Step(actions=(action,), message=str(action))


def _create(want: Wish, seen: Snapshot, pool: Pool, moment: Moment) -> Step:
    kind = seen.facts.types.get(pool.instance_type) if seen.facts else None
    if kind is None or seen.stack is None:
        return Step(message=f"spec.{pool.name}: waits for what AWS says of {pool.instance_type}")
    by_zone = subnets_by_zone(seen.stack)
    # One subnet in a zone that does not sell the type makes EKS refuse the whole node group.
    subnets = tuple(sorted(by_zone[zone] for zone in by_zone if zone in kind.zones))
    if not subnets:
        return Step(message=f"spec.{pool.name}: waits for a subnet where {kind.name} is sold")
    name = node_group_name(pool)
    who = seen.identity
    action = CreateNodeGroup(
        cluster=want.cluster_name,
        name=name,
        launch_template=launch_template_name(want.cluster_name, name),
        instance_type=pool.instance_type,
        ami_type=_ami_type(pool, kind),
        volume_size=pool.volume_size,
        min_size=pool.min_nodes,
        max_size=pool.max_nodes,
        desired_size=pool.min_nodes,
        role_arn=role_arn(who.partition, who.account, node_role(want.cluster_name)),
        subnet_ids=subnets,
        labels=_labels(pool, kind),
        taints=(GPU_TAINT,) if pool.name == GPU_POOL else (),
        tags={**want.tags, TAG_POOL: pool.name},
        token=want.token("node-group", name, want.generation),
    )
    waiting = Waiting(f"EKS to create node group {name}", moment.now)
    return Step(actions=(action,), waiting=(waiting,))


def _ami_type(pool: Pool, kind: InstanceType) -> str:
    arm = "x86_64" not in kind.architectures
    if pool.name == GPU_POOL:
        return "AL2023_ARM_64_NVIDIA" if arm else "AL2023_x86_64_NVIDIA"
    return "AL2023_ARM_64_STANDARD" if arm else "AL2023_x86_64_STANDARD"


def _labels(pool: Pool, kind: InstanceType) -> dict[str, str]:
    labels = {TYPE_LABEL: pool.name}
    if pool.name == GPU_POOL:
        model = kind.nvidia_gpus[0].lower().replace(" ", "-")
        # cluster-autoscaler waits for the device plugin only on nodes with this label.
        labels["k8s.amazonaws.com/accelerator"] = f"nvidia-{model}"
        labels["nvidia.com/gpu.present"] = "true"
    return labels


def _unwanted(want: Wish, seen: Snapshot, groups: dict[str, NodeGroup]) -> Iterator[Step]:
    wanted = {node_group_name(pool): pool.name for pool in want.pools}
    usable = {pool for name, pool in wanted.items() if _usable(groups.get(name))}
    for group in groups.values():
        pool = group.tags.get(TAG_POOL, "")
        if group.name in wanted or not ours(group.tags, want.uid):
            continue
        if pool in wanted.values() and pool not in usable:
            yield Step(message=f"{group.name} stays until the new node group of {pool} is active")
        else:
            yield _delete(want, group)
    yield from _left_templates(want, seen, keep=frozenset(groups) | frozenset(wanted))


def _usable(group: NodeGroup | None) -> bool:
    return group is not None and group.status in USABLE


def _delete(want: Wish, group: NodeGroup) -> Step:
    if group.status == "DELETING":
        return Step(waiting=(Waiting(f"EKS to drain and delete node group {group.name}"),))
    action = DeleteNodeGroup(want.cluster_name, group.name)
    if group.status != "DELETE_FAILED":
        return Step(actions=(action,), message=str(action))
    why = "; ".join(group.health) or "EKS gives no reason"
    told = f"node group {group.name} cannot be deleted: {why}"
    return Step(actions=(action,), blocked=Blocked("NodeGroupDeletionFailed", told))


def _left_templates(want: Wish, seen: Snapshot, keep: frozenset[str]) -> Iterator[Step]:
    kept = {launch_template_name(want.cluster_name, name) for name in keep}
    for template in seen.launch_templates:
        if _left(template, want.uid, kept):
            action = DeleteLaunchTemplate(template.id, template.name)
            yield Step(actions=(action,), message=str(action))


def _left(template: LaunchTemplate, uid: str, kept: set[str]) -> bool:
    return ours(template.tags, uid) and template.name not in kept
