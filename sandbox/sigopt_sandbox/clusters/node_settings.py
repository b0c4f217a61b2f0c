"""A node group's labels and taints, which EKS also changes on nodes that run. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.clusters.wanted import WantedNode

SETTINGS_ANNOTATION = "sandbox.sigopt.com/node-group-settings"
"""On a Node: the labels and taints last put on it, so that those taken away can be removed."""
_OF_THE_LAUNCH = "eks.amazonaws.com/"
"""Labels that say what an instance was launched from: they stay when the group's change."""


def settings_annotation(wanted: WantedNode) -> dict[str, str]:
    """The annotation for a node that has the labels and taints of its group now."""
    return {SETTINGS_ANNOTATION: json.dumps(_settings(wanted), sort_keys=True)}


def taints(wanted: WantedNode) -> list[dict[str, str]]:
    """The group's taints as Kubernetes writes them."""
    return [
        {"key": taint.key, "value": taint.value, "effect": taint.effect} for taint in wanted.taints
    ]


def settings_patch(wanted: WantedNode, node: Mapping[str, Any]) -> dict[str, Any] | None:
    """The merge patch that gives a Node its group's labels and taints; None when it has them.

    Labels and taints that others put on the node stay.
    """
    metadata = node["metadata"]
    before = json.loads(metadata["annotations"].get(SETTINGS_ANNOTATION, "{}"))
    now = _settings(wanted)
    if before == now:
        return None
    removed = before.get("labels", {}).keys() - now["labels"].keys()
    theirs = [
        taint
        for taint in node["spec"].get("taints") or ()
        if not _among(taint, [*before.get("taints", ()), *now["taints"]])
    ]
    return {
        "metadata": {
            "labels": dict.fromkeys(removed) | now["labels"],
            "annotations": settings_annotation(wanted),
            # Kubernetes' own taints come and go: a list written from a stale one would lose some.
            "resourceVersion": metadata["resourceVersion"],
        },
        "spec": {"taints": [*theirs, *now["taints"]]},
    }


def _settings(wanted: WantedNode) -> dict[str, Any]:
    labels = {name: value for name, value in wanted.labels if not name.startswith(_OF_THE_LAUNCH)}
    return {"labels": labels, "taints": taints(wanted)}


def _among(taint: Mapping[str, Any], others: list[dict[str, str]]) -> bool:
    """Whether one of the others has the same key and effect, which is what makes a taint."""
    return any(taint["key"] == one["key"] and taint["effect"] == one["effect"] for one in others)
