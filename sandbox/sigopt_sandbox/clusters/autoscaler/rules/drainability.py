"""Which pods hold a node that is otherwise not needed (simulator/drainability, in its order)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sigopt_sandbox.clusters.autoscaler.rules.readiness import Age
from sigopt_sandbox.clusters.autoscaler.rules.selectors import labels_match
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod, moment
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"
SAFE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
_REPLICATED = ("ReplicationController", "Job", "ReplicaSet", "StatefulSet")

Budgets = Sequence[Mapping[str, Any]]
"""PodDisruptionBudgets as the API server gives them."""


def stays_behind(pod: Pod) -> bool:
    """Whether a drain leaves the pod where it is."""
    return pod.mirror or pod.of_daemon_set


def holds_its_node(pod: Pod, budgets: Budgets, settings: Settings, age: Age) -> str:
    """Why the pod may not be moved, in the real program's words, or ""."""
    safe = pod.annotations.get(SAFE_TO_EVICT)
    if stays_behind(pod) or safe == "true" or pod.finished:
        return ""
    if safe == "on-completion":
        return f"pod {pod.key[1]} is to be waited for until it completes"
    if not pod.owner_kind or (
        settings.skip_custom_controllers and pod.owner_kind not in _REPLICATED
    ):
        return f"{pod.name} is not replicated"
    matching = [one for one in budgets if _guards(one, pod)]
    if settings.skip_system_pods and pod.key[0] == "kube-system" and not matching:
        if age(moment(pod.created) if pod.created else None) > settings.system_pods_block_for:
            return ""
        return (
            f"non-daemonset, non-mirrored, non-pdb-assigned kube-system pod present: {pod.key[1]}"
        )
    if safe == "false":
        return f"pod annotated as not safe to evict present: {pod.key[1]}"
    if settings.skip_local_storage and _local_volumes(pod):
        return f"pod with local storage present: {pod.key[1]}"
    if any(one.get("status", {}).get("disruptionsAllowed", 0) < 1 for one in matching):
        return f"not enough pod disruption budget to move {pod.name}"
    return ""


def _guards(budget: Mapping[str, Any], pod: Pod) -> bool:
    same = budget["metadata"]["namespace"] == pod.key[0]
    return same and labels_match(budget["spec"].get("selector"), pod.labels)


def _local_volumes(pod: Pod) -> bool:
    harmless = pod.annotations.get(SAFE_VOLUMES, "").split(",")
    return any(volume["name"] not in harmless and _local(volume) for volume in pod.volumes)


def _local(volume: Mapping[str, Any]) -> bool:
    empty = volume.get("emptyDir")
    return "hostPath" in volume or (empty is not None and empty.get("medium") != "Memory")
