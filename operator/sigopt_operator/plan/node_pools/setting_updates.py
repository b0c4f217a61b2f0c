"""A change of a node group's limits, labels and taints: begun, watched, and if it failed retried
slowly. EKS accepts it first, and may say only later why it cannot be had."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sigopt_operator.plan.actions import UpdateNodeGroupConfig
from sigopt_operator.plan.control_plane.settings import AGAIN, RETRY_AFTER
from sigopt_operator.plan.control_plane.versions import failure, under_way
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.snapshot import Update
from sigopt_operator.plan.steps import Blocked, Step, Waiting


def change(action: UpdateNodeGroupConfig, last: Update | None, moment: Moment) -> Step:
    """The change begun, the one under way waited for, or why the last one failed."""
    if last is not None and under_way(last):
        return Step(waiting=(Waiting(f"EKS to {action}", last.created_at),))
    if last is not None and _lately_failed(last, action, moment):
        told = failure(f"{'; '.join(map(str, action.differences))}. To {action}", last, AGAIN)
        return Step(blocked=Blocked("PoolUpdateFailed", told))
    return Step(actions=(action,), message=str(action))


def ending(group: str, last: Update | None) -> Step | None:
    """An update under way of what looks as wished, as it may before EKS shows that it changes."""
    if last is None or not under_way(last):
        return None
    what = f"EKS to end an update of node group {group} that an earlier spec asked for"
    return Step(waiting=(Waiting(what, last.created_at),))


def _lately_failed(last: Update, action: UpdateNodeGroupConfig, moment: Moment) -> bool:
    """Whether just this failed so short a time ago that it is not asked for again yet."""
    young = moment.elapsed(last.created_at) < RETRY_AFTER
    return last.status == "Failed" and young and _asked_in(last.asked, action)


def _asked_in(params: Mapping[str, str], action: UpdateNodeGroupConfig) -> bool:
    """Whether an update with these params, as EKS tells them, asked for just this.

    Where EKS tells nothing, or in no form that is known, it is taken for the same.
    """
    least, most = action.limits or (None, None)
    asked = {
        "MinSize": least,
        "MaxSize": most,
        "LabelsToAdd": dict(action.labels),
        "LabelsToRemove": sorted(action.no_labels),
        "TaintsToAdd": _sorted(action.taints),
        "TaintsToRemove": _sorted(action.no_taints),
    }
    told = {name: _read(read, params[name]) for name, read in FORMS.items() if name in params}
    more = told and any(value for name, value in asked.items() if name not in told)
    return not more and all(value in (None, asked[name]) for name, value in told.items())


def _read(read: Callable[[Any], object], text: str) -> object | None:
    try:
        return read(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _taints(told: Any) -> list[tuple[str, str, str]]:
    return sorted((each["key"], each.get("value") or "", each["effect"]) for each in told)


def _sorted(taints: tuple[Taint, ...]) -> list[tuple[str, str, str]]:
    return sorted((taint.key, taint.value, taint.effect) for taint in taints)


FORMS: Final[Mapping[str, Callable[[Any], object]]] = {
    "MinSize": int,
    "MaxSize": int,
    "LabelsToAdd": dict,
    "LabelsToRemove": sorted,
    "TaintsToAdd": _taints,
    "TaintsToRemove": _taints,
}
"""How EKS tells what was asked for (EKS API Reference, UpdateParam), in JSON."""
