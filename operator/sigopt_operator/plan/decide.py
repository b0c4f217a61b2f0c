"""One decision: every part's step, what to do now, and when to look again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sigopt_operator.api.status import ConditionType
from sigopt_operator.plan.actions import Action
from sigopt_operator.plan.adoption import grounded, rest, taken_in_part
from sigopt_operator.plan.control_plane.settings import protection
from sigopt_operator.plan.custom import custom_parts
from sigopt_operator.plan.managing import managed_by
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.part import rest_of_network
from sigopt_operator.plan.observation import OBSERVED_PARTS
from sigopt_operator.plan.parts import PARTS
from sigopt_operator.plan.pause import withhold
from sigopt_operator.plan.schedule import look_after
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Blocked, Part, Planner, Step
from sigopt_operator.plan.wish import Wish


@dataclass(frozen=True)
class Planned:
    """A part and its step; `started` is False while what it needs is missing."""

    part: Part
    step: Step
    started: bool = True


@dataclass(frozen=True)
class Plan:
    """What stands, what to do now, what is waited for, and when to look again."""

    parts: tuple[Planned, ...]
    look_after: timedelta
    """Of AWS's time."""

    @property
    def actions(self) -> tuple[tuple[Part, Action], ...]:
        """Everything to start now, with the part it belongs to."""
        return tuple((p.part, action) for p in self.parts for action in p.step.actions)

    @property
    def done(self) -> bool:
        """Whether the wish is fulfilled: all ready, or, when deleting, all gone."""
        return all(p.step.ready for p in self.parts)


def decide(want: Wish, seen: Snapshot, moment: Moment) -> Plan:
    """What has to be done for this wish, given what is there. Pure."""
    want = grounded(managed_by(want, seen.identity), seen)
    parts = _remove(want, seen, moment) if want.deleting else _build(want, seen, moment)
    if want.paused:
        parts = tuple(replace(p, step=withhold(p.step, moment)) for p in parts)
    elif want.planned:
        parts = tuple(
            replace(p, step=withhold(p.step, moment, "Planned", "planned")) for p in parts
        )
    return Plan(parts, look_after([p.step for p in parts], moment))


def removes(want: Wish, seen: Snapshot) -> bool:
    """Whether it is a deletion that goes on, and that nothing of the spec holds up."""
    held = want.paused or want.planned or taken_in_part(want, seen)
    return want.deleting and not held and protection(want, seen.cluster) is None


def parts_of(want: Wish) -> tuple[Part, ...]:
    """The table of parts for this wish."""
    if want.custom:
        return custom_parts(want)
    return OBSERVED_PARTS if want.observed else PARTS


def _build(want: Wish, seen: Snapshot, moment: Moment) -> tuple[Planned, ...]:
    have: frozenset[str] = frozenset()
    planned = []
    for part in parts_of(want):
        if part.build is None:
            continue
        if not part.can_start(have):
            missing = ", ".join(need for need in part.needs if need not in have)
            planned.append(Planned(part, Step(message=f"waits for {missing}"), started=False))
            continue
        step = _timed(part.build, part.typical, want, seen, moment, part.soonest)
        if part.held_by_preflight and any(p.step.refuses for p in planned):
            step = withhold(step, moment, "NotStarted", "waits for Preflight")
        planned.append(Planned(part, step))
        have |= {f"{part.name}.{offer}" for offer in step.offers}
        have |= {part.name} if step.ready else set()
    return tuple(planned)


def _remove(want: Wish, seen: Snapshot, moment: Moment) -> tuple[Planned, ...]:
    planned: list[Planned] = []
    kept = protection(want, seen.cluster)
    in_part = taken_in_part(want, seen)
    for part in () if want.observed or want.custom else reversed(PARTS):
        if part.remove is None:
            continue
        if kept:
            planned.append(_protected(part, kept))
            continue
        if in_part:
            planned.append(_taken_first(part, want, seen))
            continue
        holding = [p.part.name for p in planned if p.part.builds_on(part) and not p.step.ready]
        if holding:
            step = Step(message=f"waits until {', '.join(holding)} is gone")
            planned.append(Planned(part, step, started=False))
        else:
            step = _timed(part.remove, part.typical_removal, want, seen, moment)
            planned.append(Planned(part, step))
    return tuple(planned)


def _taken_first(part: Part, want: Wish, seen: Snapshot) -> Planned:
    """What began to be taken over is so whole, before it goes: or the rest would be nobody's."""
    match part.condition:
        case ConditionType.CONTROL_PLANE_READY:
            return Planned(part, rest(want, seen))
        case ConditionType.NETWORK_READY:
            return Planned(part, rest_of_network(want, seen))
    return Planned(part, Step(message="waits until all is taken over"), started=False)


def _protected(part: Part, why: Blocked) -> Planned:
    if part.condition is ConditionType.CONTROL_PLANE_READY:
        return Planned(part, Step(blocked=why))
    return Planned(part, Step(message="stays while the cluster is protected"), started=False)


def _timed(
    planner: Planner,
    typical: timedelta,
    want: Wish,
    seen: Snapshot,
    moment: Moment,
    soonest: timedelta | None = None,
) -> Step:
    step = planner(want, seen, moment)
    waiting = tuple(
        w if w.typical else replace(w, typical=typical, soonest=soonest) for w in step.waiting
    )
    return replace(step, waiting=waiting)
