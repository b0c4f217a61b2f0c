"""Turns in regions whose AWS accepts connections and does not answer.

Each look there holds a worker until its time-outs are up (see `clients.CONFIG`), and so a few dozen
resources would hold all of them. Where AWS answers, nobody needs a turn.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.trouble import Kind, Trouble

TIMED_OUT: Final = frozenset({"ReadTimeoutError", "ConnectTimeoutError"})
"""botocore's exceptions, once each attempt took as long as it may."""
TOO_LONG: Final = 90.0
"""Seconds of a look in which a call of AWS must have hung, whatever came of it: its time-outs take
so long, and a cluster's own API may not. A check before a creation that hangs is gone without."""
HANGS_FOR: Final = 120.0
"""Seconds of real time after which a region is taken to answer again, so that all find out."""


class Turns:
    """Who looks at a region that hangs; safe to use from many threads.

    It hangs while the last look there that timed out is not long ago, and who looked then was not
    answered since. What others are answered proves little: of a quiet cluster most is remembered.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`most` look at a time at all regions that hang, together."""
        self._turns = threading.Semaphore(most)
        self._clock = clock
        self._lock = threading.Lock()
        self._hung: dict[str, tuple[str, float]] = {}
        """By region: whose look was the last that timed out, and when."""

    @contextmanager
    def at(self, region: str, who: str) -> Iterator[None]:
        """One look at that region for the resource with the UID `who`.

        Raises AwsError, before anything is asked, where the region hangs and no turn is free.
        """
        takes_turn = self._hangs(region)
        if takes_turn and not self._turns.acquire(blocking=False):
            told = f"put off: AWS in {region} does not answer in time, and others wait already"
            raise AwsError(Trouble(Kind.RETRY, "LookPutOff", told, "the look"))
        began, timed_out = self._clock(), False
        try:
            yield
        except AwsError as error:
            timed_out = error.trouble.code in TIMED_OUT
            raise
        finally:
            slow = self._clock() - began >= TOO_LONG
            self._ended(region, who, timed_out=timed_out or slow)
            if takes_turn:
                self._turns.release()

    def _hangs(self, region: str) -> bool:
        with self._lock:
            hung = self._hung.get(region)
            return hung is not None and self._clock() - hung[1] < HANGS_FOR

    def _ended(self, region: str, who: str, *, timed_out: bool) -> None:
        with self._lock:
            if timed_out:
                self._hung[region] = who, self._clock()
            elif self._hung.get(region, ("", 0.0))[0] == who:
                del self._hung[region]
