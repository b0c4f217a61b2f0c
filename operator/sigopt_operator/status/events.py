"""What is worth an event: what was done, what went wrong, and what turned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sigopt_operator.api.status import Condition, ConditionType, Status
from sigopt_operator.plan.actions import Action, CreateNodeGroup
from sigopt_operator.plan.trouble import Kind, Outcome

QUIET = (ConditionType.RECONCILING, ConditionType.STALLED)
EXPECTED = (
    "InProgress",
    "NotStarted",
    "Paused",
    "Planned",
    "Deleting",
    "WaitingForAws",
    "WaitingForIam",
)
"""Reasons for which a part is not ready that nobody has to hear of as a warning."""

DRIFT = "DriftRepaired"


@dataclass(frozen=True)
class Event:
    """One event, as `kubectl describe` shows it."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


def done(before: Status | None, after: Status, outcomes: tuple[Outcome, ...]) -> list[Event]:
    """What a round did: actions that AWS accepted, then those that it could not take now."""
    drifted = (
        before is not None
        and before.fulfilled_generation == after.observed_generation
        and before.operator_arn == after.operator_arn
    )
    accepted = [e for o in outcomes if not o.trouble for e in _done(o.action, drifted=drifted)]
    busy = [
        Event("Warning", o.trouble.reason, f"{o.action}: {o.trouble}")
        for o in outcomes
        if o.trouble and o.trouble.kind is Kind.RETRY
    ]
    return accepted + busy


def turned(before: Status | None, after: Status) -> list[Event]:
    """What a status says anew: a plan, then conditions that turned. To be told once it stands."""
    had = {condition.type: condition for condition in before.conditions} if before else {}
    ahead = _planned(before, after)
    return ahead + [e for c in after.conditions for e in _turned(had.get(c.type), c)]


def _planned(before: Status | None, after: Status) -> list[Event]:
    """A plan that is new, whole: its sum, and each of its changes."""
    if after.plan is None or (before and before.plan == after.plan):
        return []
    told = (f"plan: {after.plan.summary}", *after.plan.changes)
    return [Event("Normal", "Planned", line) for line in told]


def _done(action: Action, *, drifted: bool) -> Iterator[Event]:
    """What was done; where the spec was fulfilled already, somebody else had undone it before."""
    yield Event("Normal", type(action).__name__, str(action))
    if isinstance(action, CreateNodeGroup) and action.warning:
        yield Event("Warning", "IdleGpu", action.warning)
    if drifted:
        for difference in getattr(action, "differences", ()):
            yield Event("Normal", DRIFT, f"repaired {difference}")


def _turned(had: Condition | None, now: Condition) -> Iterator[Event]:
    if now.type in QUIET or (had and (had.status, had.reason) == (now.status, now.reason)):
        return
    if now.status == "True":
        yield Event("Normal", now.type.value, now.message or "ready")
    elif now.type is not ConditionType.READY and now.reason not in EXPECTED:
        yield Event("Warning", now.reason, now.message)
