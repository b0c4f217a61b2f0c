"""Settled readings, remembered for a while, so that a quiet cluster costs few calls.

Only what AWS says is settled (ACTIVE, COMPLETE), or began less than a minute ago and takes
minutes, is remembered, only for minutes, and only here in the process: a restart reads everything
anew, and nothing that is being changed or deleted is ever taken from memory. What an action
touches is forgotten at once.

What is due again is renewed the most overdue first, and never for more than `ALLOWANCE` calls in a
round: so the look for changes by hand is spread evenly over the rounds.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sigopt_operator.observe.doubts import Doubts
from sigopt_operator.observe.packed import Packed
from sigopt_operator.observe.reading import Late, Reading
from sigopt_operator.observe.surveys import Surveys
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.schedule import STEADY_ROUNDS

T = TypeVar("T")
Key = tuple[str, str]
"""The area, and what it is there."""

ALLOWANCE = 4
"""So many calls at most renew what is settled in one round, unless what is remembered needs more to
be renewed in time: each of a hundred access entries, say. The rest waits for the next. One more is
made in every round: for the auto scaling groups."""
BUSY_PATIENCE = 3
UNUSED = 2.0
"""So many times overdue is what nobody needs any more: what was asked for a creation, say."""
KEPT_ACROSS_EDITS = ("Identity", "Facts", "AddonOffers", "Updates")
NAMES = "names"
TAGS_OF = "tags of "
"""Before the name of a thing whose tags are read apart from it."""
ROUTES = "routes"
TEMPLATES = "launch templates"
LISTS = (NAMES, TEMPLATES, "pod identity", "installed", ROUTES)
"""What lists are remembered as, beside the names of single things."""
GROUPS = "ScalingGroups"
GROUPS_OF = ("NodePools", GROUPS)
"""Areas in which something is done to auto scaling groups."""


class Memory:
    """The settled readings about one resource; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: dict[Key, Reading] = {}
        self._generation = -1
        self._reader: Callable[[], object] = _nobody
        """Not kept alive: clients that are of no more use are megabytes, for each resource."""
        self._asked: set[Key] = set()
        self._put_off: frozenset[Key] = frozenset()
        self._left = 0
        self._late: dict[Key, Late] = {}
        self._reserved: frozenset[Key] = frozenset()
        self._may_come_late: set[Key] = set()
        self._patience = 1
        self.doubts = Doubts()
        """About what AWS does not show."""
        self.surveys = Surveys()
        """What the cluster told at its deletion."""
        self._released: datetime | None = None

    def begin(self, generation: int, reader: object, moment: Moment, *, busy: bool = False) -> None:
        """Start a round; a spec that changed is decided on fresh readings.

        `reader` is who reads: what was read with other credentials is forgotten. While `busy` with
        making something, what is settled is looked at again less often.
        """
        with self._lock:
            self._patience = BUSY_PATIENCE if busy else 1
            if reader is not self._reader():
                self._reader = weakref.ref(reader)
                self._readings = {}
            if generation != self._generation:
                self._generation = generation
                self._drop(lambda key: key[0] not in KEPT_ACROSS_EDITS)
            self._allot(moment)

    def released_since(self, now: datetime) -> datetime:
        """Since when nothing keeps the resource any more: since now, if never asked before."""
        with self._lock:
            self._released = self._released or now
            return self._released

    def forget(self, area: str, target: str, *, made: bool = False) -> None:
        """Drop what was read of one thing, and every list of its area: something was done to it.

        Where it was just `made`, the list of names only gets another one. What may come late
        otherwise is read in the next round: what was done may have been done by halves.
        """
        with self._lock:
            names = self._readings.get((area, NAMES))
            goes = (target, TAGS_OF + target, *LISTS)
            for key, reading in self._readings.items():
                if key[0] == area and key[1] in goes and key in self._may_come_late:
                    self._late[key] = Late(reading.cost, None, reading.fresh_for)
            self._drop(lambda key: key[0] == area and key[1] in goes)
            if area in GROUPS_OF:
                self._drop(lambda key: key[0] == GROUPS)
            if made and names is not None:
                listed = tuple(dict.fromkeys((*names.value, target)))
                self._readings[area, NAMES] = replace(names, kept=Packed.of(listed))

    def recall(
        self,
        area: str,
        what: str,
        read: Callable[[], T],
        *,
        settled: Callable[[T], bool],
        fresh_for: timedelta | Callable[[T], timedelta],
        moment: Moment,
        cost: int = 1,
        passing: Callable[[T], bool] = lambda _: False,
        packed: bool = True,
    ) -> T:
        """The reading remembered, or a new one; `fresh_for` is AWS's time, `cost` is in calls.

        `passing` tells what AWS is about to change from what is settled. What is not `packed` is
        kept as it is: a TLS context, say, is no data.
        """
        key = (area, what)
        have = self._that_holds(key, moment)
        if have is not None:
            known: T = have.value
            return known
        value = read()
        reading = None
        if settled(value):
            time = fresh_for if isinstance(fresh_for, timedelta) else fresh_for(value)
            kept = Packed.of(value) if packed else value
            reading = Reading(kept, moment.now, time, cost, passing(value))
        self._put(key, reading)
        return value

    def keep(
        self,
        area: str,
        what: str,
        value: Any,
        fresh_for: timedelta,
        moment: Moment,
        *,
        passing: bool = False,
    ) -> None:
        """Remember what is known without a reading."""
        self._put((area, what), Reading(Packed.of(value), moment.now, fresh_for, 1, passing))

    def knows(self, area: str, what: str) -> bool:
        """Whether anything of it is remembered, be it due again or not."""
        with self._lock:
            return (area, what) in self._readings

    def spare(
        self, area: str, what: str, *, cost: int, fresh_for: timedelta, moment: Moment
    ) -> bool:
        """Whether it can be had in this round: it is remembered, or the allowance admits it.

        For what may come late: asked before `recall`, at most once for each thing in a round. What
        is not admitted has its turn in one of the next rounds.
        """
        key = (area, what)
        with self._lock:
            self._may_come_late.add(key)
            if key in self._readings or key in self._reserved:
                return True
            if self._left < cost:
                self._late.setdefault(key, Late(cost, moment.now, fresh_for))
                return False
            self._left -= cost
            self._late.pop(key, None)
            return True

    def _that_holds(self, key: Key, moment: Moment) -> Reading | None:
        with self._lock:
            self._asked.add(key)
            have = self._readings.get(key)
            if have is None:
                return None
            return have if self._overdue(have, moment) < 1 or key in self._put_off else None

    def _put(self, key: Key, reading: Reading | None) -> None:
        """In the place of what was remembered of it; None: it is not settled any more."""
        with self._lock:
            if reading is not None:
                self._readings[key] = reading
            else:
                self._readings.pop(key, None)

    def _allot(self, moment: Moment) -> None:
        """Put off what the allowance does not admit; what nobody asks any more does not count."""
        due = [
            (self._overdue(reading, moment), key)
            for key, reading in self._readings.items()
            if key in self._asked and reading.may_wait and self._overdue(reading, moment) >= 1
        ]
        # What nobody asked for in the last round, and would be read anew, is of no more use.
        self._drop(
            lambda key: (
                key not in self._asked and self._overdue(self._readings[key], moment) >= UNUSED
            )
        )
        due += [
            (overdue, key)
            for key, late in self._late.items()
            if (overdue := late.overdue(moment)) >= 1
        ]
        # What is due has some of its time left: one call less brings it late, but in time.
        self._left = max(ALLOWANCE, self._needed(moment) - 1)
        put_off = set()
        reserved = set()
        for _, key in sorted(due, reverse=True):
            late = self._late.get(key)
            cost = late.cost if late else self._readings[key].cost
            if cost > self._left:
                put_off.add(key)
                continue
            self._left -= cost
            if late:
                reserved.add(key)
                del self._late[key]
        self._put_off, self._reserved = frozenset(put_off), frozenset(reserved)
        self._asked = set()

    def _needed(self, moment: Moment) -> int:
        """Calls a round that renew all that is asked for when it is due."""
        kept = [r for key, r in self._readings.items() if key in self._asked and r.may_wait]
        between = moment.drift_within / STEADY_ROUNDS
        return int(sum(each.cost * (between / each.fresh_for) for each in kept))

    def _overdue(self, reading: Reading, moment: Moment) -> float:
        return reading.overdue(moment, self._patience if reading.may_wait else 1)

    def _drop(self, goes: Callable[[Key], bool]) -> None:
        self._readings = {key: kept for key, kept in self._readings.items() if not goes(key)}


def _nobody() -> object:
    return None


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
