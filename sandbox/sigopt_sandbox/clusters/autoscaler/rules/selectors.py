"""Node selectors, tolerations and label selectors, as Kubernetes matches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sigopt_sandbox.clusters.autoscaler.values.nodes import Node, Taint
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod

HARD = ("NoSchedule", "NoExecute")
"""The effects that keep a pod off a node."""


def tolerates(pod: Pod, taint: Taint) -> bool:
    """Whether one of the pod's tolerations covers the taint."""
    return any(_covers(toleration, taint) for toleration in pod.tolerations)


def _covers(toleration: Mapping[str, Any], taint: Taint) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.effect:
        return False
    exists = toleration.get("operator") == "Exists"
    key = toleration.get("key")
    if not key:
        return exists
    return bool(key == taint.key and (exists or (toleration.get("value") or "") == taint.value))


def selects(pod: Pod, node: Node) -> bool:
    """Whether the pod's node selector and required node affinity accept the node."""
    if any(node.labels.get(key) != value for key, value in pod.node_selector.items()):
        return False
    terms = pod.node_affinity.get("nodeSelectorTerms")
    return not pod.node_affinity or any(_term(term, node) for term in terms or ())


def _term(term: Mapping[str, Any], node: Node) -> bool:
    """All requirements of a term; a term without any matches nothing."""
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    if not (expressions or fields):
        return False
    return all(requirement_holds(one, node.labels) for one in expressions) and all(
        requirement_holds(one, {"metadata.name": node.name}) for one in fields
    )


def requirement_holds(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """One requirement of a node selector or of a label selector."""
    key, values = requirement["key"], requirement.get("values") or ()
    there = labels.get(key)
    match requirement["operator"]:
        case "In":
            return there in values
        case "NotIn":
            return there not in values
        case "Exists":
            return there is not None
        case "DoesNotExist":
            return there is None
        case "Gt" | "Lt" as operator:
            return _compared(there, operator, values)
    return False


def _compared(there: str | None, operator: str, values: Sequence[str]) -> bool:
    try:
        label, bound = int(there or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return label > bound if operator == "Gt" else label < bound


def labels_match(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector (of a PodDisruptionBudget) selects an object with these labels."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        requirement_holds(one, labels) for one in selector.get("matchExpressions") or ()
    )
