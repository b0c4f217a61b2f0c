"""How long it takes from an edit until something is done about it."""

import threading
from collections.abc import Callable
from time import monotonic

from sigopt_operator.runtime.keys import Key

Seconds = Callable[[float], None]


def _nobody(_: float) -> None:
    """Tell nobody."""


class Reactions:
    """The edits that nothing was done about yet, by key. Safe to use from many threads."""

    def __init__(self, took: Seconds = _nobody, clock: Callable[[], float] = monotonic) -> None:
        """`took` is told the seconds of each edit that something had to be done about."""
        self._took = took
        self._clock = clock
        self._lock = threading.Lock()
        self._edits: dict[Key, tuple[int, float]] = {}

    def edited(self, key: Key, generation: int) -> None:
        """The operator has heard of this generation of the resource; an earlier one is moot."""
        with self._lock:
            known, _ = self._edits.get(key, (0, 0.0))
            if generation > known:
                self._edits[key] = (generation, self._clock())

    def answered(self, key: Key, generation: int, *, acted: bool) -> None:
        """A round decided about this generation, and is about to act, or need not."""
        with self._lock:
            known, since = self._edits.get(key, (generation + 1, 0.0))
            if known > generation:
                return
            del self._edits[key]
        if acted:
            self._took(self._clock() - since)

    def gone(self, key: Key) -> None:
        """The resource is no more."""
        with self._lock:
            self._edits.pop(key, None)
