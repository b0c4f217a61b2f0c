"""Drains that do not end: which pod stays, and which PodDisruptionBudget keeps it."""

from __future__ import annotations

from sigopt_operator.plan.snapshot import NodeGroup, Snapshot

NAMED = 3
"""So many are named; the rest is counted."""


def held_up(seen: Snapshot, group: NodeGroup) -> str:
    """What keeps the nodes of a group from being drained, in words; empty: nothing is known."""
    kept = [str(pod) for pod in seen.kept_pods or () if pod.node_group == group.name]
    if not kept:
        return ""
    more = f", and {len(kept) - NAMED} more" if len(kept) > NAMED else ""
    return f": {'; '.join(kept[:NAMED])}{more}"


def draining(seen_groups: tuple[NodeGroup, ...]) -> tuple[str, ...]:
    """The node groups whose nodes are being emptied now, or were in vain."""
    return tuple(
        group.name
        for group in seen_groups
        if group.status in ("DELETING", "DELETE_FAILED") or _upgrades(group)
    )


def _upgrades(group: NodeGroup) -> bool:
    last = group.last_update
    if last is None:
        return False
    evicting = any("PodEvictionFailure" in error for error in last.errors)
    return not last.ended or evicting
