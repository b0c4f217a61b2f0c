"""Shares of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    # Less than the least share of any number of values that is ever taken here: 0.99 is no float.
    rank = ceil(share * len(ordered) - 1e-6)
    return ordered[max(0, rank - 1)]
