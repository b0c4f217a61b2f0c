"""What one part's planner answers, and the row of the table that names the part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sigopt_operator.api.status import ConditionType
from sigopt_operator.plan.actions import Action
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.wish import Wish


@dataclass(frozen=True)
class Waiting:
    """Something that AWS is doing and we can only watch."""

    what: str
    since: datetime | None = None
    """None where AWS does not say: then since it was first seen."""
    typical: timedelta | None = None
    """How long it takes on AWS as a rule; None: as long as the part's row says."""
    soonest: timedelta | None = None
    """The least that it takes on AWS; None: nearly as long as a rule, or as the part's row says."""


@dataclass(frozen=True)
class Blocked:
    """Something that only a person can mend."""

    reason: str
    """CamelCase, for machines."""
    message: str
    """Who must do what, with AWS's own words where there are any."""


@dataclass(frozen=True)
class Step:
    """One part's answer for this moment."""

    ready: bool = False
    message: str = ""
    actions: tuple[Action, ...] = ()
    """May all be started now, side by side. Of a step that is ready: what the spec does not ask
    for, and nobody waits for."""
    because: str = ""
    """Why it is neither ready nor blocked, as the reason of its condition, where `InProgress` says
    too little: `Paused`, where its actions were taken out."""
    waiting: tuple[Waiting, ...] = ()
    blocked: Blocked | None = None
    degraded: str = ""
    """What is wrong with something that works all the same."""
    refuses: bool = False
    """Whether it stands against what a part that is held by preflight would do."""
    again: timedelta | None = None
    """When to look again, where that is known; of AWS's time."""
    offers: frozenset[str] = frozenset()
    """What others may build on already, before all of it is ready: `subnets`, `nodes`."""


def merge(steps: Sequence[Step]) -> Step:
    """One answer of many: ready when all are, blocked when any is; every obstacle is told."""
    blocked = [step.blocked for step in steps if step.blocked]
    told = " ".join(dict.fromkeys(obstacle.message for obstacle in blocked))
    return Step(
        ready=all(step.ready for step in steps),
        message="; ".join(step.message for step in steps if step.message),
        actions=tuple(action for step in steps for action in step.actions),
        waiting=tuple(waiting for step in steps for waiting in step.waiting),
        blocked=Blocked(blocked[0].reason, told) if blocked else None,
        degraded="; ".join(step.degraded for step in steps if step.degraded),
    )


Planner = Callable[[Wish, Snapshot, Moment], Step]


@dataclass(frozen=True)
class Part:
    """One row of the table of parts."""

    name: str
    condition: ConditionType
    build: Planner | None = None
    """Makes it as wished. None: what runs in the cluster makes it."""
    typical: timedelta = timedelta(0)
    """How long AWS takes to make it, as a rule."""
    soonest: timedelta | None = None
    """The least that AWS takes to make it; None: nearly as long."""
    needs: tuple[str, ...] = ()
    """Names of parts, or `Part.offer`: it starts when these exist."""
    before: tuple[str, ...] = ()
    """Names of more parts that it is removed before, though it does not wait for them when made."""
    remove: Planner | None = None
    """Takes it away; ready means gone. None: it vanishes with what it needs."""
    typical_removal: timedelta = timedelta(0)
    held_by_preflight: bool = False
    """Whether an edit may ask this part for what AWS refuses: its actions wait for preflight."""

    def can_start(self, have: frozenset[str]) -> bool:
        """Whether everything it needs is among `have`; a ready part offers all it ever offers."""
        return all(need in have or need.split(".")[0] in have for need in self.needs)

    def builds_on(self, other: Part) -> bool:
        """Whether the other part can go only after it."""
        return any(need.split(".")[0] == other.name for need in (*self.needs, *self.before))
