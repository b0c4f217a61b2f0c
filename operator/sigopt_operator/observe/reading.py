"""One thing that is remembered, or is yet to be read, and how much it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any

from sigopt_operator.observe.packed import Packed
from sigopt_operator.plan.moment import Moment

SHORT = timedelta(minutes=1)
"""For what a creation looks at again and again while something else is still going on."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one thing, and for how long it holds."""

    kept: Any
    at: datetime
    fresh_for: timedelta
    cost: int
    passing: bool
    """Whether AWS is about to change it: then nothing may put the next look off."""

    @property
    def value(self) -> Any:
        """What was read."""
        return self.kept.unpacked() if isinstance(self.kept, Packed) else self.kept

    @property
    def may_wait(self) -> bool:
        """Whether its renewal may be put off, until there are calls for it."""
        return self.fresh_for > SHORT and not self.passing

    def overdue(self, moment: Moment, patience: int) -> float:
        """1 when it is just due, 2 when twice its time has passed."""
        if moment.now < self.at:
            return inf  # the machine's clock was set back: nobody knows how old it is
        return moment.elapsed(self.at) / (self.fresh_for * patience)


@dataclass(frozen=True, slots=True)
class Late:
    """What may come late, and is not remembered: a round had no calls left for it."""

    cost: int
    since: datetime | None
    """None: something was done to it, perhaps by halves, and the next round is to look."""
    fresh_for: timedelta

    def overdue(self, moment: Moment) -> float:
        """As of a reading that was made when it was first asked for: or it might never come."""
        if self.since is None or moment.now < self.since:
            return inf
        return moment.elapsed(self.since) / self.fresh_for
