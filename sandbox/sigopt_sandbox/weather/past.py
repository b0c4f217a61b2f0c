"""What was answered before, for readings that show what is no more, or not yet what is."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

A = TypeVar("A")
_MOST_READINGS = 4096
_OF_EACH = 4


@dataclass
class Past(Generic[A]):
    """The last answers to each reading, and when something was changed last. Times in seconds."""

    _answers: OrderedDict[Hashable, deque[tuple[float, A]]] = field(default_factory=OrderedDict)
    _changed: dict[Hashable, float] = field(default_factory=dict)
    _made: dict[Hashable, float] = field(default_factory=dict)

    def changed(self, area: Hashable, now: float) -> None:
        """Something in that area is another from now on."""
        self._changed[area] = now

    def made(self, thing: Hashable, now: float) -> None:
        """That thing was not there before."""
        self._made[thing] = now

    def is_new(self, thing: Hashable, since: float) -> bool:
        """Whether that thing was made after that time."""
        return self._made.get(thing, float("-inf")) > since

    def answered(self, reading: Hashable, answer: A, now: float) -> None:
        """A reading was answered truly."""
        known = self._answers.setdefault(reading, deque(maxlen=_OF_EACH))
        known.append((now, answer))
        self._answers.move_to_end(reading)
        if len(self._answers) > _MOST_READINGS:
            self._answers.popitem(last=False)

    def before(self, area: Hashable, reading: Hashable, since: float) -> A | None:
        """The newest answer from before the area's last change, if both were after `since`.

        An older answer is of a state that AWS may have left before `since` of its own accord.
        """
        at = self._changed.get(area)
        if at is None or at < since:
            return None
        known = self._answers.get(reading, ())
        return next((answer for when, answer in reversed(known) if since <= when < at), None)
