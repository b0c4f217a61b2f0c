"""Rounds that a test scripts."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.rounds import Next

NOTHING = Next(after=None)


@dataclass
class RecordingRound:
    """Remembers which keys it looked at, and answers what the test says."""

    answer: Callable[[Key], Next] = lambda _: NOTHING
    looks: list[Key] = field(default_factory=list)

    def __call__(self, key: Key) -> Next:
        self.looks.append(key)
        return self.answer(key)


@dataclass
class BlockingRound:
    """Holds each round of `slow` until the test opens its gate."""

    slow: frozenset[Key]
    gate: threading.Event = field(default_factory=threading.Event)
    started: list[Key] = field(default_factory=list)
    ended: list[Key] = field(default_factory=list)

    def __call__(self, key: Key) -> Next:
        self.started.append(key)
        if key in self.slow:
            self.gate.wait(timeout=60)
        self.ended.append(key)
        return NOTHING
