"""The status that cluster-autoscaler writes, as its releases since 1.30 form it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigopt_sandbox.clusters.autoscaler.rules.backoffs import Backoff
from sigopt_sandbox.clusters.autoscaler.rules.readiness import Counts
from sigopt_sandbox.clusters.autoscaler.values.groups import Group

Status = dict[str, Any]
INITIALIZING: Status = {"autoscalerStatus": "Initializing"}


@dataclass(frozen=True)
class GroupState:
    """What the status says of one group."""

    group: Group
    counts: Counts
    growing: bool
    backoff: Backoff | None
    candidates: int
    """Its nodes that are not needed."""


def status(states: list[GroupState], before: Status, now: str) -> Status:
    """The status of a loop at `now` (RFC 3339); `before` is that of the loop before it."""
    known = {one["name"]: one for one in before.get("nodeGroups") or ()}
    groups = [_group(state, known.get(state.group.name, {}), now) for state in states]
    wide = before.get("clusterWide") or {}
    growing = any(state.growing for state in states)
    total = _total(states)
    return {
        "autoscalerStatus": "Running",
        "clusterWide": {
            "health": _since(
                {"status": "Healthy", "nodeCounts": _node_counts(total)}, wide.get("health"), now
            ),
            "scaleUp": _since(
                {"status": "InProgress" if growing else "NoActivity"}, wide.get("scaleUp"), now
            ),
            "scaleDown": _scale_down(
                sum(state.candidates for state in states), wide.get("scaleDown"), now
            ),
        },
        "nodeGroups": groups,
    }


def without_times(written: Status) -> Any:
    """A status without what changes in every loop, to see whether there is news."""
    if isinstance(written, dict):
        kept = ("lastProbeTime", "time")
        return {k: without_times(v) for k, v in written.items() if k not in kept}
    return [without_times(one) for one in written] if isinstance(written, list) else written


def _group(state: GroupState, before: Mapping[str, Any], now: str) -> Status:
    group = state.group
    health = {
        "status": "Healthy",
        "nodeCounts": _node_counts(state.counts),
        "cloudProviderTarget": group.desired,
        "minSize": group.min,
        "maxSize": group.max,
    }
    return {
        "name": group.name,
        "health": _since(health, before.get("health"), now),
        "scaleUp": _since(_scale_up(state), before.get("scaleUp"), now),
        "scaleDown": _scale_down(state.candidates, before.get("scaleDown"), now),
    }


def _scale_up(state: GroupState) -> Status:
    if state.growing:
        return {"status": "InProgress", "backoffInfo": {}}
    if state.backoff:
        told = {"errorCode": state.backoff.code, "errorMessage": state.backoff.message}
        return {"status": "Backoff", "backoffInfo": told}
    return {"status": "NoActivity", "backoffInfo": {}}


def _scale_down(candidates: int, before: Mapping[str, Any] | None, now: str) -> Status:
    found: Status = {"status": "CandidatesPresent" if candidates else "NoCandidates"}
    if candidates:
        found["candidates"] = candidates
    return _since(found, before, now)


def _since(condition: Status, before: Mapping[str, Any] | None, now: str) -> Status:
    """The condition with its times: a transition is a change of its status."""
    same = before is not None and before.get("status") == condition["status"]
    changed = before["lastTransitionTime"] if same and before else now
    return {**condition, "lastProbeTime": now, "lastTransitionTime": changed}


def _node_counts(counts: Counts) -> Status:
    unready = {"total": len(counts.unready), "resourceUnready": len(counts.resource_unready)}
    registered = {
        "total": counts.registered,
        "ready": len(counts.ready),
        "notStarted": len(counts.not_started),
        "suspended": 0,
        "unready": unready,
    }
    if counts.leaving:
        registered["beingDeleted"] = len(counts.leaving)
    return {
        "registered": registered,
        "longUnregistered": len(counts.long_unregistered),
        "unregistered": len(counts.unregistered),
    }


def _total(states: list[GroupState]) -> Counts:
    total = Counts()
    for state in states:
        for name, names in vars(state.counts).items():
            getattr(total, name).extend(names)
    return total
