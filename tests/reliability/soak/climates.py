"""All faults at once: what lies over AWS and over the management cluster during a soak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROUNDS_GAP = 0.2
"""Seconds of real time between two rounds of a resource at the least (`reconcile/nexts.py`)."""


ROUNDS = 5


def over_aws(seed: int, speed: float) -> Mapping[str, Any]:
    """Of an account. Readings lag for some rounds, however fast AWS is: so that they are met."""
    return {
        "seed": seed,
        "throttled": 0.05,
        "failed": 0.02,
        "lost": 0.02,
        "reset": 0.01,
        "truncated": 0.01,
        "latency": 3.0,
        "stale": 0.3,
        "stale_for": ROUNDS * ROUNDS_GAP * speed,
    }


def over_kubernetes(seed: int) -> Mapping[str, Any]:
    """Of a namespace, or of what is asked about all of them."""
    return {
        "seed": seed,
        "throttled": 0.01,
        "failed": 0.02,
        "lost": 0.02,
        "reset": 0.01,
        "truncated": 0.01,
        "conflict": 0.05,
        "latency": 0.2,
        "expired": 0.01,
    }
