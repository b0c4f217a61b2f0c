"""Tags of the auto scaling group behind a pool's node group: EKS's own tags do not reach it.

cluster-autoscaler learns from `k8s.io/cluster-autoscaler/node-template/...` what a node of an empty
group would be like (cluster-autoscaler, cloudprovider/aws/README.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sigopt_operator.plan.actions import TagScalingGroup
from sigopt_operator.plan.difference import differences
from sigopt_operator.plan.node_pools.settings import GPU_COUNT_LABEL, taints_of
from sigopt_operator.plan.ownership import TAG_UID
from sigopt_operator.plan.snapshot import NodeGroup, Snapshot, Stack
from sigopt_operator.plan.tags import found, lacking, outdated
from sigopt_operator.plan.wish import GPU_POOL, Pool, Wish

TEMPLATE: Final = "k8s.io/cluster-autoscaler/node-template/"
OURS: Final = tuple(f"{TEMPLATE}{kind}/" for kind in ("label", "taint", "resources"))
"""Others of the kind, such as autoscaling-options/, are for a person to set."""
MOST: Final = 50
"""Tags of an auto scaling group at most (Auto Scaling User Guide, "tag restrictions")."""
OF_EKS: Final = 5
"""Those that EKS puts on (eks:cluster-name, k8s.io/cluster-autoscaler/enabled, ...)."""
NOT_COUNTED: Final = (*OURS, "aws:")
"""What makes room for others; AWS does not count its own."""


def node_template(pool: Pool, group: NodeGroup, room: int) -> dict[str, str]:
    """What a node of the pool would have, for an autoscaler that sees none; so many at most.

    What has no room is labels: cluster-autoscaler also reads them from the node group.
    """
    told = {f"{TEMPLATE}resources/ephemeral-storage": f"{pool.volume_size}G"}
    if pool.name == GPU_POOL and GPU_COUNT_LABEL in group.labels:
        told[f"{TEMPLATE}resources/nvidia.com/gpu"] = group.labels[GPU_COUNT_LABEL]
    for taint in taints_of(pool):
        told[f"{TEMPLATE}taint/{taint.key}"] = f"{taint.value}:{taint.kubernetes_effect}"
    for key in sorted(group.labels):
        told[f"{TEMPLATE}label/{key}"] = group.labels[key]
    return dict(list(told.items())[: max(room, 0)])


def _told_before(have: Mapping[str, str], room: int) -> dict[str, str]:
    """What these tags say of a node already; so many at most, labels go first."""
    told = sorted(key for key in have if key.startswith(OURS))
    told.sort(key=lambda key: key.startswith(f"{TEMPLATE}label/"))
    return {key: have[key] for key in told[: max(room, 0)]}


def tag_group(
    want: Wish, pool: Pool | None, group: NodeGroup, stack: Stack | None
) -> TagScalingGroup | None:
    """The call that gives the group behind a node group its tags; None: it has them, or nobody
    has asked.

    Without a pool it stands in for the wanted one: its nodes are as an earlier spec had them.
    """
    if group.scaling is None:
        return None
    have = group.scaling.tags
    gone = outdated(want, stack, have)
    others = [k for k in have if k not in {**want.tags, **gone} and not k.startswith(NOT_COUNTED)]
    room = MOST - len(want.tags) - max(OF_EKS, len(others))
    own = node_template(pool, group, room) if pool else _told_before(have, room)
    stale = {k: v for k, v in sorted(have.items()) if k.startswith(OURS) and k not in own}
    put, missing = _differing(want.tags, have), _differing(own, have)
    if not (put or missing or stale or gone):
        return None
    followed = TAG_UID in have and bool(lacking(want, have) or gone)
    tagged = found(want, lacking(want, have), gone, have)
    template = differences(
        (f"auto scaling group tag {key}", have.get(key), own.get(key)) for key in (*missing, *stale)
    )
    return TagScalingGroup(
        name=group.name,
        group=group.auto_scaling_group,
        uid=want.uid,
        propagated=put,
        own=missing,
        remove={**stale, **gone},
        on_instances=followed,
        differences=(*tagged, *template),
    )


def yet_to_follow(want: Wish, seen: Snapshot, names: Iterable[str]) -> tuple[str, ...]:
    """Node groups of these names behind which an edit of the spec's tags has yet to arrive.

    Only the stack remembers which tags there were before, so that it has to wait for them.
    """
    there = {group.name: group for group in seen.node_groups}
    wanted = [there[name] for name in names if name in there]
    return tuple(group.name for group in wanted if _is_late(want, seen.stack, group))


def _is_late(want: Wish, stack: Stack | None, group: NodeGroup) -> bool:
    if group.status in ("CREATING", "UPDATING"):
        return True
    have = group.scaling.tags if group.scaling else None
    return have is not None and bool(lacking(want, have) or outdated(want, stack, have))


def _differing(wanted: Mapping[str, str], have: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if have.get(key) != value}
