"""What is dear to make, kept while it is of use."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Things by what they are for, while they are asked for.

    What nobody asked for in a while goes, at `tidy`. Not safe to use from several threads at once.
    """

    def __init__(self, idle: float, now: Callable[[], float], close: Callable[[T], object]) -> None:
        """`now` counts seconds; `idle` is after how many nobody is expected to ask any more.

        `close` is told of whatever goes, which somebody may be using still.
        """
        self._idle = idle
        self._now = now
        self._close = close
        self._things: OrderedDict[Hashable, tuple[T, float, float]] = OrderedDict()
        """Each with when it was made, and when it was last asked for."""

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """The one that is kept for that key, or a new one."""
        now = self._now()
        known = self._things.pop(key, None)
        thing, made = (make(), now) if known is None else known[:2]
        self._things[key] = thing, made, now
        return thing

    def tidy(self) -> None:
        """Keep no longer what nobody has asked for in a while."""
        latest = self._now() - self._idle
        while self._things and self._asked_first < latest:
            _, (gone, _, _) = self._things.popitem(last=False)
            self._close(gone)

    def drop(self, thing: T, *, age: float = 0.0) -> None:
        """Keep that very one no longer, unless it was made less than `age` seconds ago."""
        latest = self._now() - age
        things = self._things.items()
        for key in [k for k, (kept, made, _) in things if kept is thing and made <= latest]:
            del self._things[key]
            self._close(thing)

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._things)

    @property
    def _asked_first(self) -> float:
        return next(asked for _, _, asked in self._things.values())
