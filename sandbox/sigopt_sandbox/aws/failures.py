"""Failures and holds that a person or a test arms, and that the next transition meets.

A transition is named by a path: `stack/NAME/LOGICAL_ID`, `cluster/NAME`, `nodegroup/CLUSTER/NAME`,
`addon/CLUSTER/NAME`, `update/CLUSTER`, `launch/NAME`. What is armed may be a shell pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Failure:
    """One armed failure: it meets one transition and is gone."""

    what: str
    """The transition, or a shell pattern of several."""
    status: str
    """The state or error code it leads to, such as `CREATE_FAILED`; empty for the default."""
    message: str
    """What AWS would say."""

    @classmethod
    def parse(cls, what: str, how: str) -> Failure:
        """Read `STATUS:message`, or a message alone."""
        head, colon, tail = how.partition(":")
        if colon and head and all(c.isalnum() or c in "._" for c in head):
            return cls(what, head, tail.strip())
        return cls(what, "", how.strip())


class Failures:
    """What is armed and what is held, in the order in which it was asked for."""

    def __init__(self) -> None:
        """Begin with nothing armed and nothing held."""
        self._armed: list[Failure] = []
        self._held: set[str] = set()

    @property
    def armed(self) -> tuple[Failure, ...]:
        """The failures that no transition has met yet."""
        return tuple(self._armed)

    @property
    def held(self) -> frozenset[str]:
        """The patterns of transitions that do not finish."""
        return frozenset(self._held)

    def arm(self, failure: Failure) -> None:
        """Let the next transition that matches fail."""
        self._armed.append(failure)

    def clear(self) -> None:
        """Forget everything armed and held."""
        self._armed.clear()
        self._held.clear()

    def take(self, what: str, *statuses: str) -> Failure | None:
        """The failure armed for this transition, which is then no longer armed.

        With statuses, only one that leads to one of them, or that names no status.
        """
        for failure in self._armed:
            meant = not statuses or not failure.status or failure.status in statuses
            if meant and fnmatchcase(what, failure.what):
                self._armed.remove(failure)
                return failure
        return None

    def hold(self, what: str, on: bool) -> None:
        """Hold transitions of this name or pattern, or let them go."""
        (self._held.add if on else self._held.discard)(what)

    def frozen(self, what: str) -> bool:
        """Whether this transition is held."""
        return any(fnmatchcase(what, pattern) for pattern in self._held)
