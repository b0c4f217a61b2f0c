"""How many new nodes of a group a list of pods needs (pkg/estimator: first fit, largest first)."""

from __future__ import annotations

from collections.abc import Sequence

from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod


def estimate(pods: Sequence[Pod], template: Room, most: int) -> tuple[int, tuple[Pod, ...]]:
    """The nodes, at most so many, and the pods that fit on them.

    Every pod is one that fits an empty node of the group.
    """
    rooms: list[Room] = []
    placed = []
    for pod in sorted(pods, key=lambda pod: -_size(pod, template)):
        if any(room.take(pod) for room in reversed(rooms)):
            placed.append(pod)
        elif len(rooms) < most:
            fresh = template.copy()
            fresh.add(pod)
            rooms.append(fresh)
            placed.append(pod)
    return len(rooms), tuple(placed)


def _size(pod: Pod, template: Room) -> float:
    """A pod's share of a node's CPU and memory."""
    size = 0.0
    for resource in ("cpu", "memory"):
        there = template.node.allocatable.get(resource, 0)
        size += pod.requests.get(resource, 0) / there if there else 0.0
    return size
