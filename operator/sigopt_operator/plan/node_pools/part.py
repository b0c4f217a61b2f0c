"""Node pools: each a managed node group whose name carries a hash of what cannot be changed.

A pool whose immutable part changed is simply another name: the wanted node group is made, and those
of that pool no longer wanted are deleted once it is active. Replacement needs no case of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sigopt_operator.plan.actions import (
    CreateNodeGroup,
    DeleteLaunchTemplate,
    UpdateNodeGroupConfig,
)
from sigopt_operator.plan.control_plane.versions import node_group_version, under_way, upgrading
from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import node_role, role_arn
from sigopt_operator.plan.network.subnets import is_going, subnets_by_zone
from sigopt_operator.plan.node_pools.failures import failed, failures, why
from sigopt_operator.plan.node_pools.former import delete, former, serves, standing_in
from sigopt_operator.plan.node_pools.group_tags import tag_group
from sigopt_operator.plan.node_pools.setting_updates import change, ending
from sigopt_operator.plan.node_pools.settings import (
    configure,
    idle_gpu,
    image_of,
    labels_of,
    taints_of,
    unlabelled,
)
from sigopt_operator.plan.ownership import TAG_ATTEMPT, TAG_POOL, conflict, ours
from sigopt_operator.plan.snapshot import LaunchTemplate, NodeGroup, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting, merge
from sigopt_operator.plan.unknown import strange
from sigopt_operator.plan.wish import Pool, Wish

NAME_REVISION = 1
"""Raised when node groups must be made anew for a reason that is not in the spec."""


def node_group_name(pool: Pool) -> str:
    """`<pool>-<hash of its immutable part>`: the same wish always has the same name."""
    told = f"{NAME_REVISION}/{pool.instance_type}/{pool.volume_size}"
    if pool.spot:
        told += f"/spot/{','.join(pool.more_types)}"
    return f"{pool.name}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def launch_template_name(cluster_name: str, node_group: str) -> str:
    """The node group's own launch template; their names are shared by a whole region."""
    return f"{cluster_name}-{node_group}"


def is_launch_template(name: str, cluster_name: str) -> bool:
    """Whether a launch template is called like those of this cluster's pools.

    The name of another cluster may begin with this one's: `tiny-prod-cpu-...` is not tiny's.
    """
    return re.fullmatch(rf"{re.escape(cluster_name)}-[a-z]+-[0-9a-f]{{8}}", name) is not None


def node_pools(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Every wanted node group usable and within its limits, and none of ours beside them."""
    groups = {group.name: group for group in seen.node_groups}
    steps = [
        _pool(want, seen, pool, groups.get(node_group_name(pool)), moment) for pool in want.pools
    ]
    wanted = {pool.name: node_group_name(pool) for pool in want.pools}
    steps += former(want, seen, wanted)
    steps += _left_templates(want, seen, keep=frozenset(groups) | frozenset(wanted.values()))
    merged = merge(steps)
    names = ", ".join(pool.name for pool in want.pools)
    return replace(merged, message=f"pools {names}") if merged.ready else merged


def unlabelled_pools(want: Wish, seen: Snapshot) -> tuple[str, ...]:
    """Pools whose node groups lack labels that only AWS can tell."""
    groups = {group.name: group for group in seen.node_groups}
    have = ((pool, groups.get(node_group_name(pool))) for pool in want.pools)
    return tuple(
        pool.name for pool, group in have if group and serves(group) and unlabelled(pool, group)
    )


def of_pools(want: Wish, seen: Snapshot) -> Iterator[str]:
    """Names of the node groups that the pools want, and of those that stand in for them."""
    for pool in want.pools:
        name = node_group_name(pool)
        yield name
        if old := standing_in(want, seen, pool.name, name):
            yield old.name


def unsettled(want: Wish, seen: Snapshot, group: NodeGroup) -> bool:
    """Whether updates of its limits, labels and taints have to be looked at: they are not as
    wished."""
    pool = next((pool for pool in want.pools if node_group_name(pool) == group.name), None)
    if pool is None or not serves(group):
        return False
    return _configure(want, seen, pool, group) is not None


def remove_node_pools(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """All of our node groups and launch templates gone."""
    mine = [group for group in seen.node_groups if ours(group.tags, want.uid)]
    steps = [delete(want, seen, group) for group in mine]
    steps += _left_templates(want, seen, keep=frozenset(group.name for group in mine))
    return merge(steps)


def _pool(want: Wish, seen: Snapshot, pool: Pool, group: NodeGroup | None, moment: Moment) -> Step:
    if group is None:
        if seen.cluster is not None and seen.cluster.status != "ACTIVE":
            # EKS refuses: "Cluster '...' is not in ACTIVE status".
            return Step(message=f"spec.{pool.name}: waits until the control plane is updated")
        return _create(want, seen, pool, moment)
    if not ours(group.tags, want.uid):
        return Step(blocked=Blocked("NameConflict", conflict("node group", group.name)))
    step = _of_ours(want, seen, pool, group, moment)
    if not group.health or not serves(group):
        return step
    # Told whatever is due or goes on: EKS may refuse to update it for just that.
    return replace(step, degraded=f"{group.name}: {why(group.health)}")


def _of_ours(want: Wish, seen: Snapshot, pool: Pool, group: NodeGroup, moment: Moment) -> Step:
    match group.status:
        case "ACTIVE" | "DEGRADED":
            return _settle(want, seen, pool, group, moment)
        case "CREATE_FAILED":
            step = failed(want, pool.name, group, _template(want, seen, group.name), moment)
            return _with_stand_in(want, seen, pool, step)
        case "DELETE_FAILED" | "DELETING":
            return delete(want, seen, group)
        case "UPDATING" if group.last_update and under_way(group.last_update):
            return Step(waiting=(upgrading(seen, group, group.last_update),))
        case "CREATING":
            return Step(waiting=(_creating(want, seen, pool, group.created_at),))
        case "UPDATING":
            return Step(waiting=(Waiting(f"EKS to update node group {group.name}"),))
        case status:
            return strange(f"node group {group.name}", status)


def _settle(want: Wish, seen: Snapshot, pool: Pool, group: NodeGroup, moment: Moment) -> Step:
    """Settings first, then the rest; settings that cannot be had do not hold that back."""
    action = _configure(want, seen, pool, group)
    last = group.config_update
    changed = change(action, last, moment) if action else ending(group.name, last)
    if changed is not None and changed.blocked is None:
        return changed
    rest = _tags_and_version(want, seen, pool, group, moment)
    return rest if changed is None else merge((changed, rest))


def _configure(
    want: Wish, seen: Snapshot, pool: Pool, group: NodeGroup
) -> UpdateNodeGroupConfig | None:
    kind = seen.facts.types.get(pool.instance_type) if seen.facts else None
    return configure(want, pool, group, kind)


def _tags_and_version(
    want: Wish, seen: Snapshot, pool: Pool, group: NodeGroup, moment: Moment
) -> Step:
    tag = tag_group(want, pool, group, seen.stack)
    if tag is not None:
        return Step(actions=(tag,), message=str(tag))
    return node_group_version(want, seen, group, moment) or Step(ready=True)


def _with_stand_in(want: Wish, seen: Snapshot, pool: Pool, step: Step) -> Step:
    """A failed replacement leaves the old node group working, and says so."""
    old = standing_in(want, seen, pool.name, node_group_name(pool))
    if old is None or step.blocked is None:
        return step
    told = f"{step.blocked.message} The pool goes on with {old.name}."
    return replace(step, blocked=replace(step.blocked, message=told))


def _creating(want: Wish, seen: Snapshot, pool: Pool, since: datetime) -> Waiting:
    name = node_group_name(pool)
    old = standing_in(want, seen, pool.name, name)
    replaces = f", which replaces {old.name}" if old else ""
    return Waiting(f"EKS to create node group {name}{replaces}", since)


def _template(want: Wish, seen: Snapshot, group: str) -> LaunchTemplate | None:
    name = launch_template_name(want.cluster_name, group)
    found = (t for t in seen.launch_templates if t.name == name and ours(t.tags, want.uid))
    return next(found, None)


def _create(want: Wish, seen: Snapshot, pool: Pool, moment: Moment) -> Step:
    known = seen.facts.types if seen.facts else {}
    kinds = [known[name] for name in pool.instance_types if name in known]
    if seen.stack is None or is_going(seen.stack):
        why = ", whose stack is being deleted" if seen.stack else ""
        return Step(message=f"spec.{pool.name}: waits for the network{why}")
    if len(kinds) < len(pool.instance_types):
        types = ", ".join(pool.instance_types)
        return Step(message=f"spec.{pool.name}: waits for what AWS says of {types}")
    by_zone = subnets_by_zone(want, seen)
    # One subnet in a zone that does not sell a type makes EKS refuse the whole node group.
    sold = set(by_zone).intersection(*(kind.zones for kind in kinds))
    subnets = tuple(sorted(subnet for zone in sold for subnet in by_zone[zone]))
    if not subnets:
        types = " and ".join(pool.instance_types)
        return Step(message=f"spec.{pool.name}: waits for a subnet where {types} is sold")
    name = node_group_name(pool)
    who = seen.identity
    attempt = failures(_template(want, seen, name)) + 1
    action = CreateNodeGroup(
        cluster=want.cluster_name,
        name=name,
        launch_template=launch_template_name(want.cluster_name, name),
        instance_type=pool.instance_type,
        more_types=pool.more_types,
        spot=pool.spot,
        warning=idle_gpu(pool, kinds[0]),
        ami_type=image_of(pool, kinds[0]),
        volume_size=pool.volume_size,
        min_size=pool.min_nodes,
        max_size=pool.max_nodes,
        desired_size=pool.min_nodes,
        role_arn=role_arn(who.partition, who.account, node_role(want.cluster_name)),
        subnet_ids=subnets,
        labels=labels_of(pool, kinds[0]),
        taints=taints_of(pool),
        tags={**want.tags, TAG_POOL: pool.name, TAG_ATTEMPT: str(attempt)},
        token=want.token("node-group", name, want.generation, attempt),
        differences=(Difference(f"spec.{pool.name}", "no node group", name),),
    )
    return Step(actions=(action,), waiting=(_creating(want, seen, pool, moment.now),))


def _left_templates(want: Wish, seen: Snapshot, keep: frozenset[str]) -> Iterator[Step]:
    kept = {launch_template_name(want.cluster_name, name) for name in keep}
    for template in seen.launch_templates:
        if _left(template, want.uid, kept):
            action = DeleteLaunchTemplate(template.id, template.name)
            yield Step(actions=(action,), message=str(action))


def _left(template: LaunchTemplate, uid: str, kept: set[str]) -> bool:
    return ours(template.tags, uid) and template.name not in kept
