"""What state the resources are in, counted: by what every round reads and writes of them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sigopt_operator.runtime.keys import Key

UNKNOWN: Final = "Unknown"
"""The phase of a resource that nothing was said about yet."""


@dataclass(frozen=True)
class Member:
    """One resource, as far as it is counted."""

    phase: str
    stalled: str = ""
    """The reason for which it is; empty: it is not."""
    stalled_since: datetime | None = None
    deleting_since: datetime | None = None
    unready_since: datetime | None = None


@dataclass(frozen=True)
class Census:
    """How many resources are in which state, and for how many seconds the first of them is."""

    phases: dict[str, int]
    stalled: dict[str, int]
    """By the reason."""
    oldest: dict[str, float]
    """By `Deleting`, `Stalled` and `NotReady`; 0 where none is."""


class Population:
    """The resources that this operator has looked at. Safe to use from many threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Nothing was looked at yet."""
        self._now = now
        self._lock = threading.Lock()
        self._members: dict[Key, Member] = {}

    def seen(self, key: Key, found: Mapping[str, Any]) -> None:
        """The resource is there, and was read so."""
        deletion = found["metadata"].get("deletionTimestamp")
        self._take(key, found.get("status") or {}, _moment(deletion))

    def said(self, key: Key, status: Mapping[str, Any]) -> None:
        """This status was written."""
        with self._lock:
            known = self._members.get(key)
        self._take(key, status, known.deleting_since if known else None)

    def gone(self, key: Key) -> None:
        """There is no resource of that key any more."""
        with self._lock:
            self._members.pop(key, None)

    def census(self) -> Census:
        """The state of things now."""
        with self._lock:
            members = tuple(self._members.values())
        since = {
            "Deleting": [m.deleting_since for m in members],
            "Stalled": [m.stalled_since for m in members],
            "NotReady": [m.unready_since for m in members],
        }
        now = self._now()
        return Census(
            phases=Counter(m.phase for m in members),
            stalled=Counter(m.stalled for m in members if m.stalled),
            oldest={state: _oldest(moments, now) for state, moments in since.items()},
        )

    def _take(self, key: Key, status: Mapping[str, Any], deleting: datetime | None) -> None:
        conditions = {str(c.get("type")): c for c in _mappings(status.get("conditions"))}
        stalled, ready = conditions.get("Stalled", {}), conditions.get("Ready", {})
        holds = stalled.get("status") == "True"
        member = Member(
            phase=str(status.get("phase") or UNKNOWN),
            stalled=str(stalled.get("reason")) if holds else "",
            stalled_since=_moment(stalled.get("lastTransitionTime")) if holds else None,
            deleting_since=deleting,
            unready_since=(
                _moment(ready.get("lastTransitionTime"))
                if ready.get("status") != "True" and deleting is None
                else None
            ),
        )
        with self._lock:
            self._members[key] = member


def _mappings(told: Any) -> Iterator[Mapping[str, Any]]:
    """What is there may be anybody's: status is as its last writer left it."""
    return (each for each in told or () if isinstance(each, Mapping))


def _moment(told: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def _oldest(moments: list[datetime | None], now: datetime) -> float:
    known = [moment for moment in moments if moment is not None]
    return max(0.0, (now - min(known)).total_seconds()) if known else 0.0
