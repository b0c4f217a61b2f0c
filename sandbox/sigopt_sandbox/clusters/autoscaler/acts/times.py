"""The autoscaler's time: seconds of AWS's time, of which `speed` pass in one of ours."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Times:
    """A clock at a sandbox's speed."""

    speed: float

    def now(self) -> float:
        """Seconds of AWS's time since some moment before."""
        return time.monotonic() * self.speed

    def age(self, moment: datetime | None) -> float:
        """How long ago a timestamp is, in AWS's time; 0 without one."""
        if moment is None:
            return 0.0
        return (datetime.now(UTC) - moment).total_seconds() * self.speed

    def real(self, seconds: float) -> float:
        """The real seconds that so many of AWS's take."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds of AWS's time pass."""
        await asyncio.sleep(self.real(seconds))
