"""What a pool's nodes carry, and which of it a node group has otherwise than wished.

Limits, labels and taints change in place, in one call; a node group is the operator's alone, so
labels and taints that the wish does not name are taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sigopt_operator.plan.actions import UpdateNodeGroupConfig
from sigopt_operator.plan.control_plane.versions import attempt
from sigopt_operator.plan.difference import Difference, differences
from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.snapshot import InstanceType, NodeGroup
from sigopt_operator.plan.wish import GPU_POOL, Pool, Wish

TYPE_LABEL: Final = "orchestrate.sigopt.com/node-group-type"
ACCELERATOR_LABEL: Final = "k8s.amazonaws.com/accelerator"
"""cluster-autoscaler waits for the device plugin only on nodes with this label."""
GPU_COUNT_LABEL: Final = "nvidia.com/gpu.count"
"""As NVIDIA's GPU feature discovery names it."""
GPU_PRESENT_LABEL: Final = "nvidia.com/gpu.present"
GPU_TAINT: Final = Taint("nvidia.com/gpu", "present", "NO_SCHEDULE")
"""With a value: cluster-autoscaler cannot see a taint without one when it scales from zero."""


def labels_of(
    pool: Pool, kind: InstanceType | None, have: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Every label of the pool's nodes.

    What says which GPUs there are comes from AWS (`kind`), or, where AWS is not asked, from the
    labels that the node group has.
    """
    return {TYPE_LABEL: pool.name, **_of_gpus(pool, kind, have or {}), **pool.labels}


def taints_of(pool: Pool) -> tuple[Taint, ...]:
    """Every taint of the pool's nodes, sorted."""
    own = (GPU_TAINT,) if pool.name == GPU_POOL else ()
    return tuple(sorted({*own, *pool.taints}))


def image_of(pool: Pool, kind: InstanceType) -> str:
    """EKS's name of the image for the pool's architecture; with NVIDIA's drivers for `gpu`."""
    arm = "x86_64" not in kind.architectures
    if pool.name == GPU_POOL:
        return "AL2023_ARM_64_NVIDIA" if arm else "AL2023_x86_64_NVIDIA"
    return "AL2023_ARM_64_STANDARD" if arm else "AL2023_x86_64_STANDARD"


def idle_gpu(pool: Pool, kind: InstanceType) -> str:
    """What to say of a GPU that the pool does not use; empty where there is none."""
    if pool.name == GPU_POOL or not kind.nvidia_gpus:
        return ""
    return (
        f"spec.{pool.name}.instanceType {kind.name} has an NVIDIA GPU that only the gpu pool makes "
        f"use of: you pay for it idle"
    )


def unlabelled(pool: Pool, group: NodeGroup) -> bool:
    """Whether labels are missing that only AWS can tell."""
    wanted = {ACCELERATOR_LABEL, GPU_COUNT_LABEL} - set(pool.labels)
    return pool.name == GPU_POOL and bool(wanted - set(group.labels))


def configure(
    want: Wish, pool: Pool, group: NodeGroup, kind: InstanceType | None
) -> UpdateNodeGroupConfig | None:
    """The one call that brings a usable node group to what the pool wants; None: it is so."""
    labels, taints = labels_of(pool, kind, group.labels), taints_of(pool)
    found = compare(pool, group, labels, taints)
    if not found:
        return None
    limited = (group.min_size, group.max_size) == (pool.min_nodes, pool.max_nodes)
    # The autoscaler owns the desired size: it goes along only where the limits do not admit it.
    clamped = min(max(group.desired_size, pool.min_nodes), pool.max_nodes)
    return UpdateNodeGroupConfig(
        cluster=want.cluster_name,
        name=group.name,
        limits=None if limited else (pool.min_nodes, pool.max_nodes),
        desired_size=None if limited or clamped == group.desired_size else clamped,
        labels={k: v for k, v in labels.items() if group.labels.get(k) != v},
        no_labels=tuple(sorted(set(group.labels) - set(labels))),
        taints=tuple(taint for taint in taints if taint not in group.taints),
        no_taints=_gone(group.taints, taints),
        token=want.token(
            "configure",
            group.name,
            *map(str, found),
            group.modified_at.isoformat(),
            attempt(group.config_update),
        ),
        differences=found,
    )


def compare(
    pool: Pool, group: NodeGroup, labels: Mapping[str, str], taints: tuple[Taint, ...]
) -> tuple[Difference, ...]:
    """What of the node group is not as the pool wants it, by the field that wishes it."""
    return differences(
        [
            (f"spec.{pool.name}.minNodes", group.min_size, pool.min_nodes),
            (f"spec.{pool.name}.maxNodes", group.max_size, pool.max_nodes),
            (f"spec.{pool.name}.labels", dict(group.labels), dict(labels)),
            (f"spec.{pool.name}.taints", tuple(sorted(group.taints)), taints),
        ]
    )


def _of_gpus(pool: Pool, kind: InstanceType | None, have: Mapping[str, str]) -> dict[str, str]:
    if pool.name != GPU_POOL:
        return {}
    told = {key: have[key] for key in (ACCELERATOR_LABEL, GPU_COUNT_LABEL) if key in have}
    if kind is not None and kind.nvidia_gpus:
        model = kind.nvidia_gpus[0].lower().replace(" ", "-")
        told = {ACCELERATOR_LABEL: f"nvidia-{model}", GPU_COUNT_LABEL: str(kind.gpus)}
    return {**told, GPU_PRESENT_LABEL: "true"}


def _gone(have: tuple[Taint, ...], wanted: tuple[Taint, ...]) -> tuple[Taint, ...]:
    """Those to be taken off; one whose value alone changes is only set anew."""
    kept = {(taint.key, taint.effect) for taint in wanted}
    return tuple(taint for taint in have if (taint.key, taint.effect) not in kept)
