"""A pause: everything is looked at, planned and told as ever, and nothing is asked of AWS."""

from __future__ import annotations

from dataclasses import replace

from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.steps import Step

PAUSED = "paused by spec.paused: nothing is changed in AWS until it is false again"


def withhold(step: Step, moment: Moment, reason: str = "Paused", why: str = "paused") -> Step:
    """The step without its actions, saying what they would be.

    What it waits for from this very moment on is what its actions would have begun. What is ready
    with something left to do stays so.
    """
    if not step.actions:
        return step
    would = f"{why}; would {', '.join(map(str, step.actions))}"
    if step.ready:
        return replace(step, actions=(), message="; ".join(filter(None, (step.message, would))))
    return replace(
        step,
        actions=(),
        because=reason,
        message=would,
        waiting=tuple(w for w in step.waiting if w.since != moment.now),
    )
