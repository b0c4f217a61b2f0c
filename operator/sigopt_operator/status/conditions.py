"""Conditions: one a part, and the three words of kstatus derived from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sigopt_operator.api.status import Condition, ConditionStatus, ConditionType
from sigopt_operator.plan.decide import Plan, Planned
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.pause import PAUSED
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.trouble import Kind, Outcome, Trouble

IAM_PATIENCE = timedelta(minutes=5)
"""IAM is eventually consistent without a number; users saw a minute at most."""


@dataclass(frozen=True)
class Told:
    """One part's state in the words of a condition."""

    type: ConditionType
    status: ConditionStatus
    reason: str
    message: str
    stalled: bool = False
    """Whether only a person can mend it."""


def tell(plan: Plan, outcomes: tuple[Outcome, ...], seen: Snapshot, moment: Moment) -> list[Told]:
    """What every part of the plan says of itself, after its actions were tried."""
    return [
        _ailing(_part(planned, outcomes, seen, moment), planned.step.degraded)
        for planned in plan.parts
    ]


def _ailing(told: Told, degraded: str) -> Told:
    """What is wrong with what works is told beside all else: it may be why nothing goes on."""
    if not degraded:
        return told
    message = "; ".join(filter(None, (told.message.rstrip("."), degraded)))
    return replace(told, message=message)


def _part(planned: Planned, outcomes: tuple[Outcome, ...], seen: Snapshot, moment: Moment) -> Told:
    kind, step = planned.part.condition, planned.step
    troubles = [o.trouble for o in outcomes if o.part is planned.part and o.trouble]
    if step.blocked:
        wrong = [str(trouble) for trouble in troubles if trouble.kind.for_a_person]
        message = _all_of([step.blocked.message, *wrong])
        return Told(kind, "False", step.blocked.reason, message, stalled=True)
    if troubles:
        worst = _worst(troubles)
        stalled = worst.kind.for_a_person or _lasts(worst, seen, moment)
        message = _all_of(str(trouble) for trouble in troubles if trouble.kind is worst.kind)
        return Told(kind, "False", worst.reason, message, stalled)
    if step.ready:
        return Told(kind, "True", "Degraded" if step.degraded else "Ready", step.message)
    if not planned.started:
        return Told(kind, "False", "NotStarted", step.message)
    return Told(kind, "False", step.because or "InProgress", doing(step))


def doing(step: Step) -> str:
    """What a part that is neither ready nor blocked is doing."""
    acting = ", ".join(map(str, step.actions))
    waits = ", ".join(f"waiting for {waiting.what}" for waiting in step.waiting)
    return "; ".join(dict.fromkeys(filter(None, (step.message or acting, waits)))) or "in progress"


def summary(
    told: list[Told], *, ready: bool, deleting: bool, ready_message: str
) -> tuple[Told, Told, Told]:
    """Ready, Reconciling and Stalled, in the order in which kstatus reads them.

    Reconciling is False where Stalled is True: kstatus takes the first of the two that holds.
    """
    stalled = [part for part in told if part.stalled]
    pending = stalled or [part for part in told if part.status != "True"]
    why = " ".join(dict.fromkeys(part.message for part in stalled))
    reason = pending[0].reason if pending else "Ready"
    now = why or (pending[0].message if pending else "")
    if deleting:
        ready_told = Told(ConditionType.READY, "False", "Deleting", now or "everything is gone")
    elif ready:
        ready_told = Told(ConditionType.READY, "True", "Ready", ready_message)
    else:
        ready_told = Told(ConditionType.READY, "False", reason, now)
    busy = not stalled and not ready
    return (
        ready_told,
        _word(ConditionType.RECONCILING, busy, "Progressing", now, "Settled"),
        _word(ConditionType.STALLED, bool(stalled), reason, why, "NotStalled"),
    )


def pause(words: tuple[Told, Told, Told], *, deleting: bool) -> tuple[Told, Told, Told]:
    """The three words of a resource that is paused: Ready stays True only where nothing is due."""
    ready, _, stalled = words
    told = f"{PAUSED}; {ready.message}"
    if ready.status == "True":
        ready = Told(ready.type, "True", ready.reason, told)
    elif stalled.status != "True":
        ready = Told(ready.type, "False", "Deleting" if deleting else "Paused", told)
    return ready, Told(ConditionType.RECONCILING, "False", "Paused", PAUSED), stalled


def plan_only(words: tuple[Told, Told, Told], planned: str) -> tuple[Told, Told, Told]:
    """The three words of a resource for which only the plan is told."""
    ready, _, stalled = words
    told = f"managementPolicy: Plan, nothing is changed in AWS; {planned}"
    if ready.status == "True":
        ready = Told(ready.type, "True", ready.reason, f"{ready.message}; {told}")
    elif stalled.status != "True":
        ready = Told(ready.type, "False", "Planned", told)
    return ready, Told(ConditionType.RECONCILING, "False", "Planned", told), stalled


def timed(
    told: Iterable[Told], before: Iterable[Condition], generation: int, now: datetime
) -> tuple[Condition, ...]:
    """Conditions with their times: lastTransitionTime moves only when the status does."""
    had = {condition.type: condition for condition in before}
    return tuple(_timed(one, had.get(one.type), generation, now) for one in told)


def _timed(told: Told, had: Condition | None, generation: int, now: datetime) -> Condition:
    same = had is not None and had.status == told.status
    return Condition(
        type=told.type,
        status=told.status,
        reason=told.reason,
        message=told.message,
        observed_generation=generation,
        last_transition_time=had.last_transition_time if had and same else now,
    )


def _word(kind: ConditionType, holds: bool, reason: str, message: str, otherwise: str) -> Told:
    if holds:
        return Told(kind, "True", reason, message)
    return Told(kind, "False", otherwise, "")


def _all_of(messages: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(messages))


def _worst(troubles: list[Trouble]) -> Trouble:
    order = (Kind.CREDENTIALS, Kind.DENIED, Kind.REFUSED, Kind.NOT_YET, Kind.RETRY, Kind.BUSY)
    return min(troubles, key=lambda trouble: order.index(trouble.kind))


def _lasts(trouble: Trouble, seen: Snapshot, moment: Moment) -> bool:
    """Whether a role has not become known for longer than IAM ever takes."""
    if trouble.kind is not Kind.NOT_YET or seen.stack is None:
        return False
    made = [r.updated_at for r in seen.stack.resources.values() if r.updated_at]
    return bool(made) and moment.elapsed(max(made)) > IAM_PATIENCE
