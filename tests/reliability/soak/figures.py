"""What a soak found, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reliability.soak.growth import Trend, left_behind, trends
from tests.reliability.soak.lives import What
from tests.reliability.soak.living import Lived
from tests.reliability.soak.sample import Sample

if TYPE_CHECKING:
    from tests.reliability.soak.soak import Soak

BUG = "a bug; again"
"""How the operator's log begins what is a mistake in it."""


@dataclass(frozen=True)
class Figures:
    """All of it."""

    lived: tuple[Lived, ...]
    samples: tuple[Sample, ...]
    last: Sample
    met: Mapping[str, int]
    """Faults of the weather, by kind."""
    bugs: int
    """Tracebacks of the operator."""
    seed: int
    speed: float
    at_once: int
    seconds: float

    @classmethod
    def of(cls, soak: Soak, last: Sample, *, seed: int, seconds: float) -> Figures:
        """The figures of one that ran."""
        return cls(
            lived=tuple(soak.lived),
            samples=tuple(soak.samples),
            last=last,
            met=soak.met(),
            bugs=soak.operator.log.read_text(errors="replace").count(BUG),
            seed=seed,
            speed=soak.lab.sandbox.state.speed,
            at_once=max(sample.lives for sample in soak.samples),
            seconds=seconds,
        )

    @property
    def failures(self) -> tuple[Lived, ...]:
        """The lives in which something was wrong."""
        return tuple(each for each in self.lived if each.faults)

    def faults(self, beginning: str) -> int:
        """How many faults were of that kind."""
        return sum(beginning in fault for each in self.lived for fault in each.faults)

    @property
    def steps(self) -> Counter[What]:
        """What was asked for, how often."""
        return sum((each.life.counted() for each in self.lived), Counter())

    @property
    def trends(self) -> list[Trend]:
        """How the process went."""
        return trends(self.samples)

    @property
    def left(self) -> list[str]:
        """What the process still had when there was nothing any more."""
        spoilt = any(each.spoilt for each in self.lived)
        return [] if spoilt else left_behind(self.last)

    @property
    def failed(self) -> bool:
        """Whether anything is not as it should be."""
        grows = any(trend.grows for trend in self.trends)
        return bool(self.failures or self.left or self.bugs or grows)
