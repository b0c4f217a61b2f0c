"""The status of workloads, made up from the nodes: what would run does run, at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sigopt_sandbox.clusters.light.patching import Object

_REPELLING = frozenset({"NoSchedule", "NoExecute"})


def workload_status(workload: Mapping[str, Any], nodes: Iterable[Object]) -> Object | None:
    """The status of a Deployment, StatefulSet, DaemonSet or Job on `nodes`; None for other kinds.

    Node selectors, taints and tolerations are respected; affinity and amounts are not.
    """
    kind = workload.get("kind")
    if kind not in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
        return None
    spec = workload.get("spec", {})
    pod = spec.get("template", {}).get("spec", {})
    fitting = sum(1 for node in nodes if _fits(pod, node))
    generation = workload["metadata"].get("generation", 1)
    if kind == "Job":
        return _job(spec, fitting)
    if kind == "DaemonSet":
        return _daemon_set(generation, fitting)
    replicas = spec.get("replicas", 1)
    return _replicated(kind, generation, replicas, replicas if fitting else 0)


def _fits(pod: Mapping[str, Any], node: Object) -> bool:
    labels = node["metadata"].get("labels", {})
    selector: Mapping[str, str] = pod.get("nodeSelector") or {}
    if any(labels.get(name) != value for name, value in selector.items()):
        return False
    tolerations: Sequence[Mapping[str, Any]] = pod.get("tolerations") or ()
    taints = node["spec"].get("taints") or ()
    return all(
        any(_tolerates(toleration, taint) for toleration in tolerations)
        for taint in taints
        if taint["effect"] in _REPELLING
    )


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    same_value = toleration.get("value", "") == taint.get("value", "")
    return bool(toleration.get("key") == taint["key"] and same_value)


def _replicated(kind: str, generation: int, replicas: int, running: int) -> Object:
    status: Object = {
        "observedGeneration": generation,
        "replicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": running,
        "availableReplicas": running,
    }
    if kind == "StatefulSet":
        return status | {"currentReplicas": replicas}
    available = running >= replicas
    return status | {
        "unavailableReplicas": replicas - running,
        "conditions": [
            {
                "type": "Available",
                "status": "True" if available else "False",
                "reason": "MinimumReplicasAvailable" if available else "MinimumReplicasUnavailable",
            },
            {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"},
        ],
    }


def _daemon_set(generation: int, fitting: int) -> Object:
    return {
        "observedGeneration": generation,
        "desiredNumberScheduled": fitting,
        "currentNumberScheduled": fitting,
        "updatedNumberScheduled": fitting,
        "numberReady": fitting,
        "numberAvailable": fitting,
        "numberMisscheduled": 0,
    }


def _job(spec: Mapping[str, Any], fitting: int) -> Object:
    completions = spec.get("completions", 1)
    if not fitting:
        return {"active": spec.get("parallelism", 1)}
    return {
        "succeeded": completions,
        "conditions": [{"type": "Complete", "status": "True"}],
    }
