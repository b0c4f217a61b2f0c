"""A pause: everything is looked at, planned and told as ever, and nothing is asked of AWS."""

from __future__ import annotations

from dataclasses import replace

from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.steps import Step

PAUSED = "paused by spec.paused: nothing is changed in AWS until it is false again"


def withhold(step: Step, moment: Moment, reason: str = "Paused", why: str = "paused") -> Step:
    """The step without its actions, saying what they would be.

    What it waits for from this very moment on is what its actions would have begun.
    """
    if not step.actions:
        return step
    would = ", ".join(map(str, step.actions))
    return replace(
        step,
        ready=False,
        actions=(),
        because=reason,
        message=f"{why}; would {would}",
        waiting=tuple(w for w in step.waiting if w.since != moment.now),
    )
