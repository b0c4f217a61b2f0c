"""Settled readings, remembered for a while, so that a quiet cluster costs few calls.

Only what AWS says is settled (ACTIVE, COMPLETE), or began less than a minute ago and takes
minutes, is remembered, only for minutes, and only here in the process: a restart reads everything
anew, and nothing that is being changed or deleted is ever taken from memory. What an action
touches is forgotten at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sigopt_operator.plan.moment import Moment

T = TypeVar("T")

SHORT = timedelta(minutes=1)
"""For what a creation looks at again and again while something else is still going on."""
LONG = timedelta(minutes=5)
"""For what only a hand in the console changes; renewed a few at a time."""
RENEWALS = 2
"""So many readings of LONG or more are renewed in one round; the others wait for the next."""
KEPT_ACROSS_EDITS = ("Identity", "Facts")
LISTS = ("names", "launch templates")
"""What lists are remembered as, beside the names of single things."""


@dataclass(frozen=True)
class _Reading:
    value: Any
    at: datetime


class Memory:
    """The settled readings about one resource; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: dict[tuple[str, str], _Reading] = {}
        self._generation = -1
        self._reader: object = None
        self._renewals = RENEWALS

    def begin(self, generation: int, reader: object) -> None:
        """Start a round; a spec that changed is decided on fresh readings.

        `reader` is who reads: what was read with other credentials is forgotten.
        """
        with self._lock:
            self._renewals = RENEWALS
            if reader is not self._reader:
                self._reader = reader
                self._readings = {}
            if generation != self._generation:
                self._generation = generation
                self._drop(lambda key: key[0] not in KEPT_ACROSS_EDITS)

    def forget(self, area: str, target: str) -> None:
        """Drop what was read of one thing, and every list of its area: something was done to it."""
        with self._lock:
            self._drop(lambda key: key[0] == area and key[1] in (target, *LISTS))

    def recall(
        self,
        area: str,
        what: str,
        read: Callable[[], T],
        *,
        settled: Callable[[T], bool],
        fresh_for: timedelta,
        moment: Moment,
    ) -> T:
        """The reading remembered, or a new one; `fresh_for` is AWS's time."""
        with self._lock:
            have = self._readings.get((area, what))
            if have is not None and not self._due(have, fresh_for, moment):
                value: T = have.value
                return value
        value = read()
        with self._lock:
            if settled(value):
                self._readings[area, what] = _Reading(value, moment.now)
            else:
                self._readings.pop((area, what), None)
        return value

    def _due(self, have: _Reading, fresh_for: timedelta, moment: Moment) -> bool:
        if moment.elapsed(have.at) < fresh_for:
            return False
        if fresh_for >= LONG:
            self._renewals -= 1
            return self._renewals >= 0
        return True

    def _drop(self, goes: Callable[[tuple[str, str]], bool]) -> None:
        self._readings = {key: kept for key, kept in self._readings.items() if not goes(key)}


class Memories:
    """The memory of each resource, by namespace and name; a namesake with another UID has none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[str, Memory]] = {}

    def of(self, namespace: str, name: str, uid: str) -> Memory:
        """The memory of that very resource."""
        with self._lock:
            had = self._kept.get((namespace, name))
            if had is None or had[0] != uid:
                had = self._kept[namespace, name] = (uid, Memory())
            return had[1]

    def drop(self, namespace: str, name: str) -> None:
        """The resource is gone."""
        with self._lock:
            self._kept.pop((namespace, name), None)
