"""Which nodes are not needed, and which of them go now (core/scaledown)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sigopt_sandbox.clusters.autoscaler.rules.drainability import (
    Budgets,
    holds_its_node,
    stays_behind,
)
from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room, place
from sigopt_sandbox.clusters.autoscaler.rules.flags import duration
from sigopt_sandbox.clusters.autoscaler.rules.readiness import Age
from sigopt_sandbox.clusters.autoscaler.values.groups import Group
from sigopt_sandbox.clusters.autoscaler.values.nodes import GPU_LABEL, TO_BE_DELETED, Node
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

GPU = "nvidia.com/gpu"


@dataclass(frozen=True)
class Unneeded:
    """A node that could go."""

    node: Node
    group: Group
    moving: tuple[Pod, ...]
    """Pods that must be evicted, for which there is room elsewhere."""

    @property
    def empty(self) -> bool:
        """Whether nothing has to be moved."""
        return not self.moving


@dataclass(frozen=True)
class Survey:
    """Every autoscaled node: not needed, or why it stays."""

    unneeded: tuple[Unneeded, ...]
    staying: Mapping[str, str]


@dataclass(frozen=True)
class Scene:
    """What there is to judge by."""

    rooms: Mapping[str, Room]
    """The nodes that are up, by name, with their pods."""
    groups: Mapping[str, Group]
    """The group of each node, by the node's name."""
    budgets: Budgets
    settings: Settings
    age: Age


def survey(scene: Scene, before: Iterable[str], going: Iterable[str]) -> Survey:
    """The unneeded nodes, those that were `before` first; `going` are being removed already."""
    known, gone = set(before), set(going)
    rooms = {name: room.copy() for name, room in scene.rooms.items() if name not in gone}
    candidates = [scene.rooms[name] for name in sorted(scene.groups) if name in rooms]
    unneeded, staying = [], {}
    for now in sorted(candidates, key=lambda room: _first(room, known)):
        name = now.node.name
        group = scene.groups[name]
        # Where other nodes' pods would already have come to, they would have to move on.
        moving = [pod for pod in rooms[name].pods if not stays_behind(pod)]
        why = _ineligible(now, group, scene) or _held(moving, scene)
        if not why and not _rehoused(moving, name, rooms):
            why = "no place to move its pods to"
        if why:
            staying[name] = why
        else:
            del rooms[name]
            unneeded.append(Unneeded(now.node, group, tuple(moving)))
    return Survey(tuple(unneeded), staying)


def _first(room: Room, known: set[str]) -> tuple[bool, bool]:
    """Empty nodes come first, then those that were unneeded before."""
    occupied = any(not stays_behind(pod) for pod in room.pods)
    return occupied, room.node.name not in known


def _ineligible(room: Room, group: Group, scene: Scene) -> str:
    node = room.node
    if node.tainted(TO_BE_DELETED):
        return "the node is currently being deleted"
    if node.scale_down_disabled:
        return "the node is marked as no scale down"
    if group.desired <= group.min:
        return "node group min size reached"
    if not (node.ready or scene.settings.scale_down_unready):
        return "scale-down of unready nodes is disabled"
    used, threshold = utilization(room, scene.settings), _threshold(node, group, scene.settings)
    if used > threshold:
        return f"requested ({used:.2%} of allocatable) is above the scale-down threshold"
    return ""


def _held(pods: Iterable[Pod], scene: Scene) -> str:
    reasons = (holds_its_node(pod, scene.budgets, scene.settings, scene.age) for pod in pods)
    return next((reason for reason in reasons if reason), "")


def _rehoused(moving: Sequence[Pod], name: str, rooms: dict[str, Room]) -> bool:
    """Put the pods onto other nodes that are ready, where all of them fit."""
    if not moving:
        return True
    others = {other: room.copy() for other, room in rooms.items() if other != name}
    ready = [room for room in others.values() if room.node.ready]
    if place(moving, ready):
        return False
    rooms.update(others)
    return True


def utilization(room: Room, settings: Settings) -> float:
    """The share of the node that is requested: of its GPUs, or else of CPU or memory."""
    if GPU_LABEL in room.node.labels:
        return _share(room, GPU, settings)
    return max(_share(room, resource, settings) for resource in ("cpu", "memory"))


def _share(room: Room, resource: str, settings: Settings) -> float:
    there = room.node.allocatable.get(resource, 0)
    daemons = 0
    if settings.ignore_daemon_sets:
        daemons = sum(p.requests.get(resource, 0) for p in room.pods if p.of_daemon_set)
    if there - daemons <= 0:
        return 0.0
    return (room.used.get(resource, 0) - daemons) / (there - daemons)


def _threshold(node: Node, group: Group, settings: Settings) -> float:
    gpu = GPU_LABEL in node.labels
    given = group.option(f"scaledown{'gpu' if gpu else ''}utilizationthreshold")
    try:
        return float(given or "")
    except ValueError:
        return settings.gpu_utilization if gpu else settings.utilization


def patience(unneeded: Unneeded, settings: Settings) -> float:
    """For how long the node has to be unneeded before it goes."""
    ready = unneeded.node.ready
    given = unneeded.group.option(f"scaledown{'unneeded' if ready else 'unready'}time")
    try:
        return duration(given or "")
    except ValueError:
        return settings.unneeded_time if ready else settings.unready_time


def due(
    found: Sequence[Unneeded],
    since: Mapping[str, float],
    going: Mapping[str, bool],
    groups_going: Mapping[str, int],
    settings: Settings,
    now: float,
) -> tuple[Unneeded, ...]:
    """The nodes to remove now.

    `since` says from when on each was unneeded, `going` which nodes are being removed already and
    whether with a drain, `groups_going` how many of each group: no group falls below its minimum.
    """
    shrunk = dict(groups_going)
    slots = settings.parallel_deletions - len(going)
    drains = settings.parallel_drains - sum(going.values())
    chosen = []
    for one in sorted(found, key=lambda one: not one.empty):
        name = one.group.name
        if now - since[one.node.name] <= patience(one, settings):
            continue
        if one.group.desired - shrunk.get(name, 0) <= one.group.min:
            continue
        if slots <= 0 or (drains <= 0 and not one.empty):
            continue
        chosen.append(one)
        shrunk[name] = shrunk.get(name, 0) + 1
        slots -= 1
        drains -= not one.empty
    return tuple(chosen)
