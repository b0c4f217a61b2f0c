"""Pods, nodes and groups for tables, as small as each rule lets them be."""

from __future__ import annotations

from typing import Any

from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room
from sigopt_sandbox.clusters.autoscaler.values.groups import Group, Instance, LaunchTemplate
from sigopt_sandbox.clusters.autoscaler.values.nodes import Node, Taint
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod, read_pod
from sigopt_sandbox.clusters.autoscaler.values.quantities import amounts

GPU = "nvidia.com/gpu"
GPU_TAINT = Taint(GPU, "present", "NoSchedule")
TOLERATION = {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}
TYPE = "orchestrate.sigopt.com/node-group-type"


def pod(
    name: str = "training",
    *,
    namespace: str = "default",
    requests: dict[str, str] | None = None,
    node: str = "",
    owner: str = "",
    annotations: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    created: str = "2026-11-25T12:00:00Z",
    **spec: Any,
) -> Pod:
    """A pod of one container."""
    owners = [{"kind": owner, "name": "owner", "controller": True}] if owner else []
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{name}",
        "annotations": annotations or {},
        "labels": labels or {},
        "ownerReferences": owners,
        "creationTimestamp": created,
    }
    container = {"name": "c", "resources": {"requests": requests or {}}}
    return read_pod(
        {"metadata": metadata, "spec": {"containers": [container], "nodeName": node, **spec}}
    )


def gpu_pod(name: str = "gpu-training", **more: Any) -> Pod:
    """A pod that asks for a GPU and tolerates the taint of GPU nodes."""
    return pod(name, requests={GPU: "1"}, tolerations=[TOLERATION], **more)


def node(
    name: str = "node-1",
    *,
    allocatable: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    taints: tuple[Taint, ...] = (),
    **more: Any,
) -> Node:
    """A node with room for two CPUs, 8 GiB and ten pods."""
    there = {"cpu": "2", "memory": "8Gi", "pods": "10"} | (allocatable or {})
    resources = amounts(there)
    return Node(name, labels or {}, taints, resources, resources, **more)


def room(*pods: Pod, **of_node: Any) -> Room:
    """A node with pods on it."""
    return Room.of(node(**of_node), pods)


def group(
    name: str = "cpu",
    *,
    sizes: tuple[int, int, int] = (0, 0, 3),
    tags: dict[str, str] | None = None,
    instances: tuple[str, ...] = (),
    overrides: tuple[str, ...] = (),
    zones: tuple[str, ...] = ("us-west-2a", "us-west-2b"),
) -> Group:
    """A group; `sizes` are minimum, desired and maximum."""
    low, desired, high = sizes
    return Group(
        name=name,
        min=low,
        max=high,
        desired=desired,
        zones=zones,
        tags=tags or {},
        instances=tuple(Instance(one, "us-west-2a", "InService") for one in instances),
        template=LaunchTemplate("eks-1", "1"),
        overrides=overrides,
    )
