"""When to look again: rarely while AWS is known to need minutes, often near the expected end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.steps import Step, Waiting
from sigopt_operator.plan.trouble import Kind, Outcome

AFTER_ACTION = timedelta(seconds=5)
"""AWS answers consistently after a few seconds; an action that takes AWS minutes says so itself."""
WHEN_BLOCKED = timedelta(minutes=1)
STEADY_ROUNDS = 5
"""So many rounds in the time in which a change by hand is found: each looks at a part of it."""
NEAR_THE_END = 0.9
"""The share of its typical duration before which something is not expected to end, as a rule."""
LOOKS = 20
"""So many looks would be made in what something takes as a rule, were they made from its beginning:
its end is seen late by a fortieth of that, on the average."""
LOOKS_IN_THE_SPREAD = 5
"""At most so many between the soonest end and the usual one."""
SHARE_OF_THE_DELAY = 0.3
"""What is overdue is looked at less and less: its end is seen late by this share of its delay."""
SELDOM = timedelta(minutes=2)
LONGEST_SILENCE = timedelta(minutes=10)


def look_after(steps: Iterable[Step], moment: Moment) -> timedelta:
    """How long to wait until the next look, of AWS's time."""
    steady = moment.drift_within / STEADY_ROUNDS
    return min((time for step in steps for time in _times(step, moment)), default=steady)


def _times(step: Step, moment: Moment) -> Iterator[timedelta]:
    if step.again is not None:
        yield step.again
        return
    if step.blocked:
        yield WHEN_BLOCKED
    elif step.actions and not step.waiting:
        yield AFTER_ACTION
    for waiting in step.waiting:
        yield _until_end(waiting, moment)


def _until_end(waiting: Waiting, moment: Moment) -> timedelta:
    typical = waiting.typical or timedelta(0)
    soonest = typical * NEAR_THE_END if waiting.soonest is None else waiting.soonest
    often = max(AFTER_ACTION, typical / LOOKS, (typical - soonest) / LOOKS_IN_THE_SPREAD)
    if waiting.since is None:
        return often
    elapsed = moment.elapsed(waiting.since)
    if elapsed > typical:
        return max(often, min((elapsed - typical) * SHARE_OF_THE_DELAY, SELDOM))
    return min(max(often, soonest - elapsed), LONGEST_SILENCE)


AFTER_TROUBLE = {
    Kind.RETRY: timedelta(seconds=15),
    Kind.BUSY: timedelta(seconds=30),
    Kind.NOT_YET: timedelta(seconds=10),
    Kind.DENIED: WHEN_BLOCKED,
    Kind.REFUSED: WHEN_BLOCKED,
    Kind.CREDENTIALS: WHEN_BLOCKED,
}


def after_outcomes(planned: timedelta, outcomes: Iterable[Outcome]) -> timedelta:
    """The next look once it is known what became of the actions.

    An action that failed is not repeated sooner than its trouble allows.
    """
    return max((AFTER_TROUBLE[o.trouble.kind] for o in outcomes if o.trouble), default=planned)
