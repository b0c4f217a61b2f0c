"""What the weather is like, and which fault a request meets."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any


class ClimateError(Exception):
    """What was asked for is no climate; the text says why."""


class Fault(Enum):
    """What becomes of one request."""

    THROTTLED = "throttled"
    """It is refused because there were too many."""
    FAILED = "failed"
    """It is refused with 500 or 503, and nothing was done."""
    RESET = "reset"
    """The connection ends, and nothing was done."""
    LOST = "lost"
    """It is done, and the connection ends before the answer."""
    TRUNCATED = "truncated"
    """It is done, and half of the answer comes."""
    CONFLICT = "conflict"
    """It is refused because somebody else was faster (Kubernetes: 409)."""


CHANCES = tuple(fault.value for fault in Fault)


@dataclass(frozen=True)
class Climate:
    """How likely what is; probabilities of one request, from 0 to 1."""

    seed: int = 0
    throttled: float = 0.0
    failed: float = 0.0
    reset: float = 0.0
    lost: float = 0.0
    truncated: float = 0.0
    conflict: float = 0.0
    """Of writes of a status alone, and of Kubernetes alone."""
    latency: float = 0.0
    """Seconds by which a request is late at most, of AWS's time; most are much less late."""
    stale: float = 0.0
    """That a reading shows what was before the last change, if that is not longer ago than ..."""
    stale_for: float = 0.0
    """... so many seconds, of AWS's time."""
    expired: float = 0.0
    """That a watch ends with 410 when something is to be told (Kubernetes)."""
    away: tuple[str, ...] = ()
    """Services that do not answer at all, by their names in signatures; Kubernetes: "api"."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """By access key id: the code with which every service refuses it."""

    @classmethod
    def parse(cls, told: Any) -> Climate:
        """The climate that a mapping of these fields describes; ClimateError."""
        if not isinstance(told, Mapping):
            raise ClimateError("a climate is a mapping")
        known = {each.name for each in fields(cls)}
        unknown = sorted(str(name) for name in told if name not in known)
        if unknown:
            raise ClimateError(f"a climate has no {', '.join(unknown)}")
        made = cls(**{**told, "away": tuple(told.get("away", ()))})
        for name in (*CHANCES, "stale", "expired"):
            chance = getattr(made, name)
            if not isinstance(chance, int | float) or not 0 <= chance <= 1:
                raise ClimateError(f"{name} is a probability from 0 to 1")
        if sum(getattr(made, name) for name in CHANCES) > 1:
            raise ClimateError("the probabilities of all faults are more than 1 together")
        return made


@dataclass(frozen=True)
class Fate:
    """What one request meets."""

    fault: Fault | None
    late: float
    """Seconds of AWS's time."""
    stale: bool
    """Whether it is shown what was before, where that is known."""
    dice: float
    """From 0 to 1, for what else is to be chosen: which status, where an answer is cut."""


def fate(climate: Climate, of: str, ordinal: int) -> Fate:
    """What the request meets that is the nth of those that are called so."""
    chance = random.Random(f"{climate.seed}/{of}/{ordinal}")  # noqa: S311 - meant to be repeated
    roll, late, stale, dice = (chance.random() for _ in range(4))
    # The cube makes most of them quick and a few of them slow, as networks are.
    return Fate(_fault(climate, roll), climate.latency * late**3, stale < climate.stale, dice)


def _fault(climate: Climate, roll: float) -> Fault | None:
    for fault in Fault:
        roll -= getattr(climate, fault.value)
        if roll < 0:
            return fault
    return None
