"""The weather over each account, and what it did so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sigopt_sandbox.weather.climate import Climate, Fate, fate

EVERYBODY = "*"
PATH = "/_weather"
"""Where it is set and told, at the address that meets it."""


@dataclass
class Sky:
    """Climates by account (or namespace), one for everybody else, and counts."""

    clock: Callable[[], float]
    """Seconds of AWS's time."""
    _climates: dict[str, Climate] = field(default_factory=dict)
    _ordinals: Counter[tuple[str, str]] = field(default_factory=Counter)
    _counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def clear(self) -> bool:
        """Whether there is no weather anywhere."""
        return not self._climates

    def put(self, over: str, climate: Climate) -> None:
        """The climate over an account from now on. Where the seed is another, it begins anew."""
        had = self._climates.get(over)
        self._climates[over] = climate
        if had is None or had.seed != climate.seed:
            for key in [key for key in self._ordinals if key[0] == over]:
                del self._ordinals[key]

    def clear_up(self, over: str) -> None:
        """No weather over an account any more."""
        self._climates.pop(over, None)

    def over(self, account: str) -> Climate | None:
        """The climate over an account."""
        return self._climates.get(account) or self._climates.get(EVERYBODY)

    def next_fate(self, account: str, climate: Climate, called: str) -> Fate:
        """What the next request that is called so meets."""
        key = account, called
        self._ordinals[key] += 1
        return fate(climate, called, self._ordinals[key])

    def count(self, account: str, what: str) -> None:
        """Something was done to a request of that account."""
        self._counts[account][what] += 1

    def told(self) -> dict[str, Any]:
        """By account: how many requests there were, and what they met."""
        return {account: dict(sorted(counts.items())) for account, counts in self._counts.items()}
