"""Whether a pod fits a node: the scheduler's filters that matter here, in its order and words.

Volumes, host ports, affinity between pods and topology spread are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sigopt_sandbox.clusters.autoscaler.rules.selectors import HARD, selects, tolerates
from sigopt_sandbox.clusters.autoscaler.values.nodes import Node, Taint
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod
from sigopt_sandbox.clusters.autoscaler.values.quantities import Amounts, total

UNSCHEDULABLE = "node(s) were unschedulable"
UNTOLERATED = "node(s) had untolerated taint(s)"
NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"
TOO_MANY_PODS = "Too many pods"
_FIRST = ("pods", "cpu", "memory", "ephemeral-storage")
_UNSCHEDULABLE_TAINT = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")


@dataclass
class Room:
    """A node with the pods on it, to which simulated ones can be added."""

    node: Node
    pods: list[Pod] = field(default_factory=list)
    used: Amounts = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node, pods: Iterable[Pod]) -> Room:
        """A node and the pods on it."""
        there = list(pods)
        return cls(node, there, total(pod.requests for pod in there))

    def copy(self) -> Room:
        """The same, to be changed on its own."""
        return Room(self.node, list(self.pods), dict(self.used))

    def add(self, pod: Pod) -> None:
        """Put a pod on the node."""
        self.pods.append(pod)
        self.used = total((self.used, pod.requests))

    def take(self, pod: Pod) -> bool:
        """Put a pod on the node if it fits; whether it did."""
        if refusals(pod, self):
            return False
        self.add(pod)
        return True


def refusals(pod: Pod, room: Room) -> tuple[str, ...]:
    """Why the pod cannot be on the node, in the scheduler's words; empty when it can."""
    node = room.node
    if node.unschedulable and not tolerates(pod, _UNSCHEDULABLE_TAINT):
        return (UNSCHEDULABLE,)
    if not on_its_kind_of_node(pod, node):
        hard = [taint for taint in node.taints if taint.effect in HARD]
        untolerated = any(not tolerates(pod, taint) for taint in hard)
        return (UNTOLERATED,) if untolerated else (NOT_SELECTED,)
    return _missing(pod, room)


def on_its_kind_of_node(pod: Pod, node: Node) -> bool:
    """Whether taints and selectors let the pod onto the node, however full it is."""
    hard = [taint for taint in node.taints if taint.effect in HARD]
    return all(tolerates(pod, taint) for taint in hard) and selects(pod, node)


def _missing(pod: Pod, room: Room) -> tuple[str, ...]:
    """What there is too little of, in the order in which the scheduler looks."""
    names = (*_FIRST, *sorted(pod.requests.keys() - {*_FIRST}))
    short = [
        name
        for name in names
        if (wanted := pod.requests.get(name, 0))
        and room.used.get(name, 0) + wanted > room.node.allocatable.get(name, 0)
    ]
    return tuple(TOO_MANY_PODS if name == "pods" else f"Insufficient {name}" for name in short)


def place(pods: Iterable[Pod], rooms: list[Room]) -> list[Pod]:
    """Put each pod into the first room that takes it; those that fit nowhere."""
    left, hopeless = [], set()
    for pod in pods:
        kind = pod.kind_of_pod
        if kind in hopeless:
            left.append(pod)
        elif not any(room.take(pod) for room in rooms):
            hopeless.add(kind)
            left.append(pod)
    return left
