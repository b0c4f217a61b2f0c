"""Lifecycles as generators: each yields how long it waits, and the scheduler resumes it in time.

A lifecycle reads like the story it tells ("make the security group; after ten minutes turn
ACTIVE"), and every side effect happens at its moment on the simulated clock, whether anybody asks
or not.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
import itertools
import logging
from collections.abc import Generator
from dataclasses import dataclass, field

from sigopt_sandbox.aws.eks.clock import Clock

logger = logging.getLogger("sandbox.eks")

# How often the background task looks whether something is due, in real seconds.
TICK = 0.02


@dataclass(frozen=True)
class Look:
    """Look again `seconds` after *now*: for conditions that others make true.

    Unlike a plain number, a far jump of the clock costs one look, not hundreds.
    """

    seconds: float


Life = Generator["float | Look", None, None]


@dataclass(order=True)
class _Due:
    at: float
    order: int
    key: str = field(compare=False)
    life: Life = field(compare=False)


class Scheduler:
    """Runs lifecycles on a clock. One key has one lifecycle; starting another ends the former."""

    def __init__(self, clock: Clock) -> None:
        """Nothing runs before `run_due` or `ticking`."""
        self._clock = clock
        self._due: list[_Due] = []
        self._order = itertools.count()
        self._current: dict[str, Life] = {}
        self._ticker: asyncio.Task[None] | None = None

    def start(self, key: str, life: Life) -> None:
        """Begin a lifecycle: its first steps run with the next `run_due`."""
        self.cancel(key)
        self._current[key] = life
        self._push(key, life, self._clock.now())

    def cancel(self, key: str) -> None:
        """End a lifecycle where it stands; unknown keys are fine."""
        life = self._current.pop(key, None)
        if life is not None and inspect.getgeneratorstate(life) != inspect.GEN_RUNNING:
            life.close()

    def running(self, key: str) -> bool:
        """Whether a lifecycle of this key has not ended."""
        return key in self._current

    def cancel_below(self, prefix: str) -> None:
        """End every lifecycle whose key begins with `prefix`."""
        for key in [key for key in self._current if key.startswith(prefix)]:
            self.cancel(key)

    def run_due(self) -> None:
        """Resume everything whose time has come, in the order of time."""
        now = self._clock.now()  # what looks again at once waits for the next turn: others have one
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            if self._current.get(due.key) is due.life:
                self._step(due)

    def _step(self, due: _Due) -> None:
        try:
            wait = next(due.life)
        except StopIteration:
            self._forget(due)
        except Exception:
            # One lifecycle with a bug must not stop the time of all the others.
            logger.exception("the lifecycle %s ended with an error", due.key)
            self._forget(due)
        else:
            base, seconds = (
                (self._clock.now(), wait.seconds) if isinstance(wait, Look) else (due.at, wait)
            )
            self._push(due.key, due.life, base + seconds)

    def _forget(self, due: _Due) -> None:
        if self._current.get(due.key) is due.life:
            del self._current[due.key]

    def _push(self, key: str, life: Life, at: float) -> None:
        heapq.heappush(self._due, _Due(at, next(self._order), key, life))

    def ensure_ticking(self) -> None:
        """Keep `run_due` going in the running event loop, whether or not requests arrive.

        The lifecycles share the loop's thread with every simulated service, so no step ever runs in
        the middle of somebody's request.
        """
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.get_running_loop().create_task(self._tick(), name="eks-clock")

    async def _tick(self) -> None:
        while True:
            self.run_due()
            await asyncio.sleep(TICK)
