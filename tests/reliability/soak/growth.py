"""Whether a long-lived process grows: its later half compared with its former one. Pure.

The first waves warm it up: libraries are imported, caches fill, pools of threads and connections
reach their size. What is left is halved. Where the median of the later half is above that of the
former by more than a share of it and by more than what noise there is, it grows. Medians, since one
wave may be unlike the others: each lives other lives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.reliability.soak.sample import Sample

WARM_UP = 2
LEAST = 4
"""Waves after the warm-up; with fewer nothing is judged by halves."""


@dataclass(frozen=True)
class Measure:
    """Something that must not grow."""

    name: str
    unit: str
    of: Callable[[Sample], float]
    share: float
    """Of the former half's median."""
    spare: float
    """In its own unit."""

    def allowed(self, former: float) -> float:
        """The most that the later half's median may be."""
        return former + max(self.share * former, self.spare)


MEASURES = (
    Measure("memory", "MB", lambda s: s.resident / 1e6, share=0.03, spare=3.0),
    # Pools of threads have a most, and come near it by chance, when all are busy at a time.
    Measure("threads", "", lambda s: s.threads, share=0.0, spare=8.0),
    Measure("open files and connections", "", lambda s: s.files, share=0.1, spare=8.0),
    Measure("keys that wait for a worker", "", lambda s: s.queued, share=0.0, spare=0.0),
    Measure("log lines a life", "", lambda s: s.log_lines, share=0.3, spare=0.0),
    Measure("log bytes a life", "", lambda s: s.log_bytes, share=0.3, spare=0.0),
)


@dataclass(frozen=True)
class Trend:
    """How a measure went."""

    measure: Measure
    former: float
    later: float

    @property
    def grows(self) -> bool:
        """Whether it is more than it may be."""
        return self.later > self.measure.allowed(self.former)

    def __str__(self) -> str:
        unit = f" {self.measure.unit}" if self.measure.unit else ""
        return f"{self.measure.name}: {self.former:g}{unit}, later {self.later:g}{unit}"


def trends(samples: Sequence[Sample]) -> list[Trend]:
    """Each measure's halves; none where there are too few waves."""
    judged = samples[WARM_UP:]
    if len(judged) < LEAST:
        return []
    half = len(judged) // 2
    return [_trend(each, judged[:half], judged[-half:]) for each in MEASURES]


def _trend(measure: Measure, former: Sequence[Sample], later: Sequence[Sample]) -> Trend:
    return Trend(measure, median(map(measure.of, former)), median(map(measure.of, later)))


def left_behind(last: Sample) -> list[str]:
    """What a process may not have any more when there is no resource: at the very end."""
    return [
        f"{count} {what} without any resource"
        for what, count in (
            ("keys with a round to come", last.later),
            ("keys that wait", last.queued),
            ("rounds that run", last.running),
            ("resources in the census", last.resources),
        )
        if count
    ]
