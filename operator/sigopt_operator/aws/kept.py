"""What is dear to make, kept while it is of use."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Things by what they are for; when there are too many, the one goes that was idle longest.

    Not safe to use from several threads at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, T] = OrderedDict()

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """The one that is kept for that key, or a new one."""
        if key not in self._things:
            self._things[key] = make()
        self._things.move_to_end(key)
        while len(self._things) > self._most:
            self._things.popitem(last=False)
        return self._things[key]

    def drop(self, thing: T) -> None:
        """Keep that very one no longer."""
        for key in [key for key, kept in self._things.items() if kept is thing]:
            del self._things[key]
