"""What stands differently in AWS than wished: the words in which a repair is told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST = 300
"""Characters of a policy in an event."""


@dataclass(frozen=True)
class Difference:
    """One thing that is found otherwise than wanted."""

    field: str
    """The path in the resource where it is wished, `spec.cpu.maxNodes`, or what it is in AWS."""
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.field}: found {self.found}, wanted {self.wanted}"


def differences(compared: Iterable[tuple[str, object, object]]) -> tuple[Difference, ...]:
    """Those of (field, found, wanted) that differ, in words."""
    return tuple(
        Difference(field, told(found), told(wanted))
        for field, found, wanted in compared
        if found != wanted
    )


def told(value: object) -> str:
    """A value as a person writes it in a manifest."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case dict():
            return ", ".join(f"{key}={value[key]}" for key in sorted(value)) or "none"
        case frozenset() | set():
            return ", ".join(sorted(map(str, value))) or "none"
        case list() | tuple():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)


def short(policy: Any) -> str:
    """A policy document as JSON, cut where nobody reads on; None is told as none."""
    if policy is None:
        return "none"
    text = json.dumps(policy, sort_keys=True, separators=(",", ":"))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
