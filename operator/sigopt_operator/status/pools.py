"""The pools and their nodes, as far as they were seen."""

from __future__ import annotations

from sigopt_operator.api.status import Nodes, PoolStatus
from sigopt_operator.plan.ownership import TAG_POOL, ours
from sigopt_operator.status.round import Round

MOST_POOLS = 32
"""As many as the CRD takes; EKS gives a cluster 30 node groups unless the quota is raised."""


def nodes(of: Round) -> Nodes | None:
    """How many are ready, of how many; what was known where the cluster could not be asked."""
    asked = of.seen.connection
    if of.want.deleting and not of.seen.node_groups:
        return None
    if asked is None or asked.problem:
        return of.before.nodes
    desired = sum(pool.desired_nodes for pool in pools(of))
    if of.want.observed:  # it may have nodes that are of no node group
        desired = max(desired, asked.nodes)
    return Nodes(ready=asked.nodes_ready, desired=desired)


def pools(of: Round) -> tuple[PoolStatus, ...]:
    """The node groups of the resource, in the order of its pools."""
    order = {pool.name: place for place, pool in enumerate(of.want.pools)}
    mine = [g for g in of.seen.node_groups if of.want.observed or ours(g.tags, of.want.uid)]
    told = [
        PoolStatus(
            # Somebody else's node group is no pool of ours: its own name tells it apart.
            name=group.tags.get(TAG_POOL) or group.name,
            node_group=group.name,
            instance_type=", ".join(group.instance_types),
            min_nodes=group.min_size,
            max_nodes=group.max_size,
            desired_nodes=group.desired_size,
            status=group.status,
        )
        for group in mine
    ]
    told.sort(key=lambda p: (order.get(p.name, len(order)), p.node_group))
    return tuple(told[:MOST_POOLS])
