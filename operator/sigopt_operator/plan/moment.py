"""The moment of a decision: time is an argument, never asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

DRIFT_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Moment:
    """Now (aware, UTC), and how fast AWS's time passes.

    `speed` is 1 on AWS itself. In a rehearsal against a simulation it says how many times faster
    everything there goes, so that the same typical durations serve.
    """

    now: datetime
    speed: float = 1.0
    drift_within: timedelta = DRIFT_WITHIN
    """In what time a change by somebody else is found and mended, of AWS's time."""

    def real(self, time: timedelta) -> timedelta:
        """So much real time, in AWS's: for what a person or another's server does."""
        return time * self.speed

    def elapsed(self, since: datetime) -> timedelta:
        """How much of AWS's time has passed since then; never negative, whatever the clocks say."""
        return max(timedelta(0), (self.now - since) * self.speed)
