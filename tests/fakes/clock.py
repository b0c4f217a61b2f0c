"""A clock that a test winds by hand, in place of an event loop's."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Timer:
    at: float
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Clock:
    """Calls what is due when it is wound on."""

    now: float = 0.0
    timers: list[Timer] = field(default_factory=list)

    def later(self, delay: float, call: Callable[[], None]) -> Timer:
        timer = Timer(self.now + delay, call)
        self.timers.append(timer)
        return timer

    def pass_on(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer.at <= self.now and not timer.cancelled]
        self.timers = [timer for timer in self.timers if timer not in due and not timer.cancelled]
        for timer in sorted(due, key=lambda timer: timer.at):
            timer.call()
