"""What the autoscaler remembers from loop to loop; all of it is lost when its Pod ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sigopt_sandbox.clusters.autoscaler.rules.backoffs import Backoffs
from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room
from sigopt_sandbox.clusters.autoscaler.values.groups import Group

LONG_AGO = float("-inf")


@dataclass(frozen=True)
class Pending:
    """A group that was made larger and whose nodes are not all there."""

    increase: int
    since: float


@dataclass
class Memory:
    """Times are seconds of AWS's time, if not said otherwise."""

    backoffs: Backoffs
    groups: dict[str, Group] = field(default_factory=dict)
    refreshed: float = LONG_AGO
    examples: dict[str, Room] = field(default_factory=dict)
    """For each group a new node as its last good one was."""
    pending: dict[str, Pending] = field(default_factory=dict)
    resized: dict[str, datetime] = field(default_factory=dict)
    """When the size of a group was last set, in real time."""
    unregistered_since: dict[str, float] = field(default_factory=dict)
    unneeded_since: dict[str, float] = field(default_factory=dict)
    last_growth: float = LONG_AGO
    last_deletion: float = LONG_AGO
    last_failure: float = LONG_AGO
    """Of a removal."""
    started: bool = False
    """Whether what an earlier Pod left was cleaned up."""
