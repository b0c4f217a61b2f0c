"""What an operator uses for clusters that stand, with nothing to do but to look for changes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bench.operators import at_work, profile, wait_first_look
from bench.readings import Reading, read
from bench.where import Where

from sigopt_sandbox.installed import Installed
from sigopt_sandbox.processes import Child

OLD = 3600.0
"""Seconds. Clusters that stand for a quarter of an hour are looked at more deeply."""
EVERY = 1.0


@dataclass(frozen=True)
class Steady:
    """Figures of one window."""

    resources: int
    speed: int
    seconds: float
    """Of AWS's time."""
    rounds: float
    cpu: float
    """Seconds, of the machine's."""
    calls: float
    by_operation: dict[str, float]
    statuses: float
    memory: float
    """MiB resident at the end."""
    peak: float
    """The most until then."""
    threads: int
    where: Where | None
    idle: float
    """The share of a core that an operator with next to nothing to do uses (the lease, say)."""

    @property
    def cpu_for_rounds(self) -> float:
        """Seconds of CPU, without what an idle operator would have used in the same time."""
        return max(0.0, self.cpu - self.idle * self.seconds / self.speed)

    @property
    def cpu_share(self) -> float:
        """Of one core; where AWS's time went faster than the machine's, as if it had not."""
        return self.idle + self.cpu_for_rounds / self.seconds

    @property
    def cpu_ms_a_round(self) -> float:
        """Milliseconds of CPU for one round."""
        return 1000 * self.cpu_for_rounds / max(1.0, self.rounds)

    @property
    def calls_a_round(self) -> float:
        """AWS calls."""
        return self.calls / max(1.0, self.rounds)

    def a_minute(self, count: float) -> float:
        """So many of something, a minute."""
        return 60 * count / self.seconds


@dataclass(frozen=True)
class Window:
    """When to measure; in seconds of AWS's time, which passes so many times faster."""

    settle: float
    length: float
    speed: int = 1
    profile: float = 0.0
    """Real seconds in which the CPU is followed to where it goes, afterwards."""


def steady(
    installed: Installed, resources: int, window: Window, idle: float, say: Callable[[str], None]
) -> Steady:
    """Start an operator for what stands, let its first full look settle, and measure.

    LateError where it never has looked at all of them.
    """
    installed.sandbox.make_older(OLD)
    with at_work(installed, window.speed) as operator:
        wait_first_look(operator, resources, say)
        say(f"{resources} were looked at; settling")
        _sleep(operator, window.settle / window.speed)
        say("measuring")
        before = read(operator)
        _sleep(operator, window.length / window.speed)
        after = read(operator)
        where = profile(operator, window.profile) if window.profile else None
    return _between(resources, window.speed, before, after, where, idle)


def idling(installed: Installed, seconds: float) -> float:
    """The share of a core that it uses for one cluster, between two looks at it."""
    with at_work(installed, speed=1) as operator:
        wait_first_look(operator, 1, lambda _: None)
        before = read(operator)
        _sleep(operator, seconds)
        after = read(operator)
    return (after.cpu - before.cpu) / (after.at - before.at)


def _sleep(operator: Child, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        operator.check()
        time.sleep(min(EVERY, left))


def _between(
    resources: int,
    speed: int,
    before: Reading,
    after: Reading,
    where: Where | None,
    idle: float,
) -> Steady:
    def more(name: str) -> float:
        return after.sum(name) - before.sum(name)

    calls = "aws_calls_total", "service", "operation"
    made = Counter(after.counts(*calls))
    made.subtract(before.counts(*calls))
    return Steady(
        resources=resources,
        speed=speed,
        seconds=(after.at - before.at) * speed,
        rounds=more("rounds_total"),
        cpu=after.cpu - before.cpu,
        calls=more("aws_calls_total"),
        by_operation={name: count for name, count in made.most_common() if count},
        statuses=more("status_writes_total"),
        memory=after.memory,
        peak=after.peak,
        threads=after.threads,
        where=where,
        idle=idle,
    )
