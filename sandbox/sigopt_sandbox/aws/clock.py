"""AWS's durations, divided by the sandbox's speed and spent in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sigopt_sandbox.aws.failures import Failure, Failures

_LOOK_AGAIN = 0.02
"""Real seconds between two looks at whether a held transition was let go."""

_TASKS: set[asyncio.Task[None]] = set()
"""asyncio keeps only weak references to running tasks; this keeps them alive."""


class Clock:
    """Lets simulated time pass; account and region of the caller stay with what it schedules."""

    def __init__(self, speed: float, failures: Failures) -> None:
        """Make a clock that runs `speed` times as fast as AWS."""
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self.speed = speed
        self._failures = failures

    def real(self, seconds: float) -> float:
        """The real seconds that so many seconds of AWS take here."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of AWS."""
        await asyncio.sleep(self.real(seconds))

    async def pass_by(self, what: str, seconds: float) -> None:
        """Wait for a transition's time to pass, longer while it is held."""
        await self.sleep(seconds)
        while self._failures.frozen(what):
            await asyncio.sleep(_LOOK_AGAIN)

    async def transition(self, what: str, seconds: float) -> Failure | None:
        """Wait for a transition's time to pass; the failure that is then armed for it."""
        await self.pass_by(what, seconds)
        return self._failures.take(what)

    def schedule(
        self, what: str, seconds: float, finish: Callable[[Failure | None], None]
    ) -> asyncio.Task[None]:
        """Call `finish` when the transition is over, in the caller's account and region."""

        async def run() -> None:
            finish(await self.transition(what, seconds))

        task = asyncio.get_running_loop().create_task(run())
        _TASKS.add(task)
        task.add_done_callback(_TASKS.discard)
        return task
