"""Answers about a whole account, asked once for all the resources that want them at a time.

What there is of roles, networks and instances is listed whole, so that its answer grows with the
account: a thousand clusters have thousands of roles, and a hundred creations at once would each
list them all, for a second of CPU and megabytes of memory.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

from sigopt_operator.plan.moment import Moment

T = TypeVar("T")
FRESH_FOR: Final = timedelta(seconds=10)
"""Of AWS's time: less than somebody takes who changes something and then edits a resource."""
TIMES: Final = 4.0
"""What was long in the making is shared for so many times as long: so that asking takes a fifth of
the time at most, however large the account."""


@dataclass(frozen=True)
class _Answer:
    """One that was asked for; who else wants it waits for the same."""

    told: Future[tuple[Any, float]]
    """And until when it is shared at least, by the machine's clock."""
    at: datetime


class Shared:
    """The answers that one login got, in all regions; safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts real seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[Hashable, _Answer] = {}

    def of(self, what: Hashable, read: Callable[[], T], moment: Moment) -> T:
        """What `read` says, or said just now to somebody else; raises what it raises.

        A failure is shared with those alone who waited for that very answer.
        """
        with self._lock:
            have = self._answers.get(what)
            if have is not None and self._serves(have, moment):
                mine = None
            else:
                mine = have = self._answers[what] = _Answer(Future(), moment.now)
        if mine is not None:
            self._ask(what, mine, read)
        return cast(T, have.told.result()[0])

    def _serves(self, answer: _Answer, moment: Moment) -> bool:
        if not answer.told.done():
            return True
        fresh = moment.now >= answer.at and moment.elapsed(answer.at) < FRESH_FOR
        return fresh or self._clock() < answer.told.result()[1]

    def _ask(self, what: Hashable, answer: _Answer, read: Callable[[], Any]) -> None:
        began = self._clock()
        try:
            told = read()
        except BaseException as error:
            with self._lock:
                if self._answers.get(what) is answer:
                    del self._answers[what]
            answer.told.set_exception(error)
            raise
        now = self._clock()
        answer.told.set_result((told, now + TIMES * (now - began)))
