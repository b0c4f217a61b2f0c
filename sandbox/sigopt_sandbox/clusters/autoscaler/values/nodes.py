"""A Node as the autoscaler looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sigopt_sandbox.clusters.autoscaler.values.pods import moment
from sigopt_sandbox.clusters.autoscaler.values.quantities import Amounts, amounts

GPU_LABEL = "k8s.amazonaws.com/accelerator"
"""cluster-autoscaler's label for nodes of AWS that will have GPUs once a device plugin runs."""
GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915")
TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
DELETION_CANDIDATE = "DeletionCandidateOfClusterAutoscaler"
SCALE_DOWN_DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
_NOT_READY_TAINTS = frozenset(
    f"node.kubernetes.io/{what}" for what in ("not-ready", "disk-pressure", "network-unavailable")
)
_UNREADY_WHEN_TRUE = ("DiskPressure", "NetworkUnavailable")


@dataclass(frozen=True)
class Taint:
    """A taint of a node."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class Node:
    """One Node, or the template of one."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    allocatable: Amounts
    capacity: Amounts
    provider_id: str = ""
    annotations: Mapping[str, str] | None = None
    unschedulable: bool = False
    ready: bool = True
    since: datetime | None = None
    """The last transition of its readiness."""
    created: datetime | None = None

    @property
    def instance(self) -> str:
        """The instance in its provider id, or ""."""
        return self.provider_id.rpartition("/")[2] if self.provider_id.startswith("aws:///") else ""

    @property
    def awaits_gpus(self) -> bool:
        """Whether it is labelled as having GPUs of which none can be allocated yet."""
        usable = any(self.allocatable.get(name) for name in GPU_RESOURCES)
        return GPU_LABEL in self.labels and not usable

    @property
    def scale_down_disabled(self) -> bool:
        """Whether its annotation forbids its removal."""
        return (self.annotations or {}).get(SCALE_DOWN_DISABLED) == "true"

    def tainted(self, key: str) -> bool:
        """Whether it has a taint of that key."""
        return any(taint.key == key for taint in self.taints)


def read_node(item: Mapping[str, Any]) -> Node:
    """A Node from the API server's JSON; not ready while its GPUs are awaited."""
    metadata, spec, status = item["metadata"], item.get("spec", {}), item.get("status", {})
    taints = read_taints(spec.get("taints"))
    ready, since = _readiness(status, taints)
    node = Node(
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        taints=taints,
        allocatable=amounts(status.get("allocatable")),
        capacity=amounts(status.get("capacity")),
        provider_id=spec.get("providerID", ""),
        annotations=metadata.get("annotations") or {},
        unschedulable=bool(spec.get("unschedulable")),
        ready=ready,
        since=since,
        created=moment(metadata["creationTimestamp"]) if "creationTimestamp" in metadata else None,
    )
    return replace(node, ready=False) if node.awaits_gpus else node


def read_taints(listed: Any) -> tuple[Taint, ...]:
    """The taints of a Node's spec."""
    return tuple(Taint(one["key"], one.get("value") or "", one["effect"]) for one in listed or ())


def _readiness(
    status: Mapping[str, Any], taints: tuple[Taint, ...]
) -> tuple[bool, datetime | None]:
    """Whether a node is ready, and the last time that this changed."""
    conditions = {one["type"]: one for one in status.get("conditions") or ()}
    ready = conditions.get("Ready", {}).get("status") == "True"
    ready &= all(conditions.get(one, {}).get("status") != "True" for one in _UNREADY_WHEN_TRUE)
    ready &= all(taint.key not in _NOT_READY_TAINTS for taint in taints)
    times = [
        moment(conditions[name]["lastTransitionTime"])
        for name in ("Ready", *_UNREADY_WHEN_TRUE)
        if conditions.get(name, {}).get("lastTransitionTime")
    ]
    return ready, max(times, default=None)
