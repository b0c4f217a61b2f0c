"""What is wrong with the way to a cluster's own API, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and what to do; never carries a secret, nor a server's free text."""

    reason: str
    """CamelCase, for machines."""
    message: str
    """For people: what is wrong, where, and who must do what."""
    passing: bool = False
    """Whether it may end by itself: an outage, not a mistake."""
    slow: bool = False
    """Whether finding it out took until a time was up: then it is tried less often."""
