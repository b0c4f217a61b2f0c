"""Simulated time: it runs `speed` times as fast as the wall clock, can be advanced, and frozen."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds of AWS's time since the sandbox began.

    What AWS reports to its users (createdAt and the like) is real wall-clock time and does not come
    from here; this clock only says how long AWS takes.
    """

    def __init__(self, speed: float, wall: Callable[[], float] = time.monotonic) -> None:
        """`speed` is simulated seconds a real second; `wall` answers real seconds."""
        if speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self._speed = speed
        self._wall = wall
        self._since = wall()
        self._passed = 0.0
        self._frozen = False

    @property
    def speed(self) -> float:
        """Simulated seconds a real second."""
        return self._speed

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen

    def now(self) -> float:
        """Simulated seconds since the beginning."""
        if self._frozen:
            return self._passed
        return self._passed + (self._wall() - self._since) * self._speed

    def advance(self, seconds: float) -> None:
        """Let `seconds` of simulated time pass at once, also while frozen."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._passed += seconds

    def set_speed(self, speed: float) -> None:
        """Run at another speed from now on."""
        if speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self._settle()
        self._speed = speed

    def freeze(self, on: bool) -> None:
        """Stop time, or let it run again from where it stopped."""
        self._settle()
        self._frozen = on

    def _settle(self) -> None:
        self._passed = self.now()
        self._since = self._wall()
