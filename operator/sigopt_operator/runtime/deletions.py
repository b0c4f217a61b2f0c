"""Who waits for a deleted resource to be let go, and when that may happen."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sigopt_operator.runtime.keys import Key


@dataclass(frozen=True, eq=False)
class Deletion:
    """One deletion under way; `uid` tells resources apart that had the same name in turn."""

    uid: str
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Deletions:
    """The deletions under way, by key. Used from one event loop only."""

    def __init__(self) -> None:
        """Start with none."""
        self._waiting: dict[Key, tuple[Deletion, ...]] = {}

    def waiting(self, key: Key) -> tuple[Deletion, ...]:
        """The deletions that wait now.

        A worker takes them *before* a round and releases only these after it: what a round saw
        says nothing about a deletion that began while it ran.
        """
        return self._waiting.get(key, ())

    @contextmanager
    def begun(self, key: Key, uid: str) -> Iterator[Deletion]:
        """A deletion that waits while the block runs.

        It is released when a round that began in the block finds nothing left of the resource.
        """
        deletion = Deletion(uid)
        self._waiting[key] = (*self.waiting(key), deletion)
        try:
            yield deletion
        finally:
            self._drop(key, deletion)

    def supersede(self, key: Key, uid: str) -> None:
        """A resource of that uid has the name now: whoever had it before is gone."""
        for deletion in self.waiting(key):
            if deletion.uid != uid:
                deletion.released.set()

    def _drop(self, key: Key, deletion: Deletion) -> None:
        rest = tuple(other for other in self.waiting(key) if other is not deletion)
        if rest:
            self._waiting[key] = rest
        else:
            self._waiting.pop(key, None)
