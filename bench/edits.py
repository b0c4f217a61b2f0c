"""How long an edit waits until AWS hears of it, while others are being created."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

from bench.fleet import Fleet

ACTS: Final = "eks:UpdateNodegroupConfig"
"""What an edit of a pool's limits does in AWS, and nothing else here."""
APART: Final = 1.0
"""Seconds between two edits: each has everything about its cluster read anew, some twenty calls."""


@dataclass(frozen=True)
class Edit:
    """One that was made."""

    name: str
    at: float
    """Just before it was sent to the API server, on the machine's monotonic clock."""


@dataclass
class Editor:
    """Edits one resource after the other, round and round: each time more room for a pool."""

    fleet: Fleet
    names: Sequence[str]
    made: list[Edit] = field(default_factory=list)

    def go_on_while(self, busy: Callable[[], bool]) -> None:
        """Edit until `busy()` no longer holds; none before its last edit is done."""
        limits = dict.fromkeys(self.names, 2)
        for name in cycle(self.names):
            if not busy():
                return
            if self.fleet.courses[name].settled:
                limits[name] += 1
                self.made.append(Edit(name, time.monotonic()))
                self.fleet.edit(name, {"cpu": {"maxNodes": limits[name]}})
            time.sleep(APART)


@dataclass(frozen=True)
class Reaction:
    """Seconds from one edit to what followed."""

    first_call: float
    """Of whatever kind, about that cluster."""
    first_act: float
    """Of the kind that does what the edit wants."""


def reactions(edits: Iterable[Edit], noted: Iterable[Mapping[str, Any]]) -> list[Reaction]:
    """What followed each edit, by the simulated AWS's journal; one without an act has none.

    A call about the same cluster that was under way for another reason may pass for the first; an
    act may not.
    """
    calls: dict[str, list[tuple[float, str]]] = {}
    for entry in noted:
        calls.setdefault(cluster_of(entry["about"]), []).append((entry["at"], entry["operation"]))
    found = []
    for edit in edits:
        later = [(at, what) for at, what in calls.get(edit.name, ()) if at >= edit.at]
        act = next((at for at, what in later if what == ACTS), None)
        if act is not None:
            found.append(Reaction(later[0][0] - edit.at, act - edit.at))
    return found


def cluster_of(about: str) -> str:
    """Which cluster a request is about: `/clusters/NAME/...`, or the stack `NAME-sigopt`."""
    parts = about.split("/")
    if parts[:2] == ["", "clusters"] and len(parts) > 2:
        return parts[2]
    return about.removesuffix("-sigopt")
