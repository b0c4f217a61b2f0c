"""The work queue, with the semantics of client-go's (k8s.io/client-go/util/workqueue).

A key is in the queue at most once. A key that is added while a worker has it is *dirty*: it comes
back as soon as the worker is done, so no change is lost and no key is worked on twice at a time. A
key can be added for later; an earlier add overtakes that. A failed key waits longer each time.

Beyond client-go's: what somebody has just edited goes before what is only due, which a hundred
clusters that are being made may be; now and then what is due goes first all the same. And so many
keys at most that are only due are with workers at a time: the other workers are there for edits.

Used from one event loop only; nothing here is safe for threads.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from datetime import timedelta
from math import inf
from random import SystemRandom
from time import monotonic
from typing import Final, Protocol

from sigopt_operator.runtime import backoff
from sigopt_operator.runtime.keys import Key


class Timer(Protocol):
    """What can be cancelled until it has fired."""

    def cancel(self) -> object:
        """Never fire."""
        ...


IN_A_ROW: Final = 4
"""So many urgent keys at most are handed out before one that has waited."""

Later = Callable[[float, Callable[[], None]], Timer]
"""Calls something after that many seconds: `loop.call_later`, or a test's own clock."""


class QueueClosedError(Exception):
    """Nothing more will be handed out."""


class WorkQueue:
    """Keys that want a round, each at most once."""

    def __init__(
        self,
        later: Later,
        chance: Callable[[], float] | None = None,
        clock: Callable[[], float] = monotonic,
        most_due: float = inf,
    ) -> None:
        """`later` measures delays; `chance` is the jitter of the backoff, uniform in [0, 1);
        `clock` counts seconds; `most_due` keys that are not urgent are handed out at a time."""
        self._later = later
        self._clock = clock
        self._chance = chance or SystemRandom().random
        self._ready: dict[Key, float] = {}
        self._urgent: dict[Key, float] = {}
        """When each of them began to wait, first come first."""
        self._in_a_row = 0
        self._dirty: set[Key] = set()
        self._hurried: set[Key] = set()
        """The dirty ones that are urgent."""
        self._busy: set[Key] = set()
        self._most_due = most_due
        self._due: set[Key] = set()
        """The busy ones that were not urgent."""
        self._failures: Counter[Key] = Counter()
        self._timers: dict[Key, Timer] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False

    @property
    def busy(self) -> frozenset[Key]:
        """The keys that workers have right now."""
        return frozenset(self._busy)

    @property
    def length(self) -> int:
        """How many keys wait for a worker."""
        return len(self._ready) + len(self._urgent)

    @property
    def oldest(self) -> float:
        """For how many seconds the first of them has waited; 0 where none does."""
        since = (*self._ready.values(), *self._urgent.values())
        return self._clock() - min(since) if since else 0.0

    @property
    def later(self) -> int:
        """How many keys have a round coming at a time of their own."""
        return len(self._timers)

    def add(self, key: Key, *, urgent: bool = False) -> None:
        """Want a round now; overtakes a delayed add of the same key.

        `urgent` where somebody waits for it, and it is little work.
        """
        self._forget_timer(key)
        if self._closed:
            return
        if urgent:
            self._hurry(key)
        if key in self._dirty:
            return
        self._dirty.add(key)
        if key not in self._busy:
            self._put(key)

    def add_after(self, key: Key, delay: timedelta) -> None:
        """Want a round after `delay`, unless one is wanted earlier; replaces a former delay."""
        self._forget_timer(key)
        if not self._closed:
            self._timers[key] = self._later(max(0.0, delay.total_seconds()), lambda: self.add(key))

    async def get(self) -> Key:
        """The next key; the caller must answer with `done` or `failed`.

        Raises QueueClosedError once the queue is closed, whatever still waits in it.
        """
        while not self._closed and not self._any:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._pass_on(turn)
                raise
        if self._closed:
            raise QueueClosedError
        key = self._take()
        self._dirty.discard(key)
        self._hurried.discard(key)
        self._busy.add(key)
        return key

    def done(self, key: Key, after: timedelta | None) -> None:
        """The round went well; look again after `after`, or at once if the key became dirty."""
        self._failures.pop(key, None)
        self._return(key, after)

    def failed(self, key: Key) -> timedelta:
        """The round failed; try again after the backoff that is returned, or at once if dirty."""
        self._failures[key] += 1
        after = backoff.delay(self._failures[key], self._chance())
        self._return(key, after)
        return after

    def close(self) -> None:
        """Hand out nothing more; keys that workers have may still be answered."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)
        self._waiting.clear()

    @property
    def _any(self) -> bool:
        """Whether there is a key that may be handed out."""
        return bool(self._urgent) or self._may_take_due

    @property
    def _may_take_due(self) -> bool:
        return bool(self._ready) and len(self._due) < self._most_due

    def _return(self, key: Key, after: timedelta | None) -> None:
        self._busy.discard(key)
        self._due.discard(key)
        if key in self._dirty:
            self._put(key)
        elif after is not None:
            self.add_after(key, after)
        if self._may_take_due:
            self._wake_one()

    def _hurry(self, key: Key) -> None:
        self._hurried.add(key)
        if key in self._ready:
            self._urgent[key] = self._ready.pop(key)
            # Whoever was woken for it as a due one may sleep again: too many of these are at work.
            self._wake_one()

    def _put(self, key: Key) -> None:
        waiting = self._urgent if key in self._hurried else self._ready
        waiting[key] = self._clock()
        self._wake_one()

    def _take(self) -> Key:
        urgent = bool(self._urgent) and (not self._may_take_due or self._in_a_row < IN_A_ROW)
        self._in_a_row = self._in_a_row + 1 if urgent else 0
        waiting = self._urgent if urgent else self._ready
        key = next(iter(waiting))
        del waiting[key]
        if not urgent:
            self._due.add(key)
        return key

    def _wake_one(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _pass_on(self, turn: "asyncio.Future[None]") -> None:
        """A cancelled getter was woken already: somebody else must take the key."""
        if turn.done() and not turn.cancelled() and self._any:
            self._wake_one()

    def _forget_timer(self, key: Key) -> None:
        if timer := self._timers.pop(key, None):
            timer.cancel()
