"""Node groups that no pool wants any more: kept while they serve, then drained and deleted.

Of a pool whose new node group is not usable yet, one old one stays: the newest that serves. Others
of that pool go at once, so that no edit, however often repeated, leaves two behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sigopt_operator.plan.actions import DeleteNodeGroup
from sigopt_operator.plan.node_pools.drains import held_up
from sigopt_operator.plan.node_pools.group_tags import tag_group
from sigopt_operator.plan.ownership import TAG_POOL, ours
from sigopt_operator.plan.snapshot import NodeGroup, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.unknown import NODE_GROUP, strange
from sigopt_operator.plan.wish import Wish

SERVING = ("ACTIVE", "DEGRADED", "UPDATING")
"""States of a node group whose nodes run what they ran."""


def serves(group: NodeGroup | None) -> bool:
    """Whether pods can run on it."""
    return group is not None and group.status in SERVING


def standing_in(want: Wish, seen: Snapshot, pool: str, wanted: str) -> NodeGroup | None:
    """The old node group that serves a pool until `wanted`, its new one, does."""
    if any(g.name == wanted and ours(g.tags, want.uid) and serves(g) for g in seen.node_groups):
        return None
    old = [
        group
        for group in seen.node_groups
        if group.name != wanted
        and group.tags.get(TAG_POOL) == pool
        and ours(group.tags, want.uid)
        and serves(group)
    ]
    return max(old, key=lambda group: (group.created_at, group.name), default=None)


def former(want: Wish, seen: Snapshot, wanted: Mapping[str, str]) -> Iterator[Step]:
    """What becomes of node groups that are not wanted; `wanted` is the name of each pool's."""
    groups = {g.name: g for g in seen.node_groups if ours(g.tags, want.uid)}
    for group in seen.node_groups:
        pool = group.tags.get(TAG_POOL, "")
        new = wanted.get(pool)
        if group.name in wanted.values() or not ours(group.tags, want.uid):
            continue
        if new is not None and not serves(groups.get(new)):
            if group is standing_in(want, seen, pool, new):
                tag = tag_group(want, None, group, seen.stack)
                told = f"{group.name} serves pool {pool} until {new} does"
                yield Step(actions=(tag,) if tag else (), message=told)
                continue
            new = None
        yield delete(want, seen, group, new)


def delete(want: Wish, seen: Snapshot, group: NodeGroup, successor: str | None = None) -> Step:
    """Drain and delete a node group; what holds up its drain is named."""
    takes_over = f", which {successor} replaces" if successor else ""
    if group.status == "DELETING":
        what = f"EKS to drain and delete node group {group.name}{takes_over}"
        return Step(waiting=(Waiting(what + held_up(seen, group)),))
    if group.status not in NODE_GROUP:
        return strange(f"node group {group.name}", group.status)
    action = DeleteNodeGroup(want.cluster_name, group.name)
    if group.status != "DELETE_FAILED":
        return Step(actions=(action,), message=f"{action}{takes_over}")
    why = "; ".join(group.health) or "EKS gives no reason"
    told = f"node group {group.name} cannot be deleted: {why}{held_up(seen, group)}"
    return Step(actions=(action,), blocked=Blocked("NodeGroupDeletionFailed", told))
