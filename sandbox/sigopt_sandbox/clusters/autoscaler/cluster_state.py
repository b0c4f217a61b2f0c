"""The cluster as one loop sees it: nodes, pods and groups, with what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sigopt_sandbox.clusters.autoscaler.acts.times import Times
from sigopt_sandbox.clusters.autoscaler.memory import Memory
from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room
from sigopt_sandbox.clusters.autoscaler.rules.readiness import (
    Counts,
    count,
    owners,
    without_nodes,
)
from sigopt_sandbox.clusters.autoscaler.values.groups import Group
from sigopt_sandbox.clusters.autoscaler.values.nodes import Node, read_node
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod, moment, read_pod
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

Items = Iterable[Mapping[str, Any]]


@dataclass
class Reader:
    """Reads pods, those that have not changed only once."""

    _read: dict[str, tuple[str, Pod]] = field(default_factory=dict)

    def pods(self, items: Items) -> list[Pod]:
        """The pods that have not finished."""
        fresh: dict[str, tuple[str, Pod]] = {}
        for item in items:
            metadata = item["metadata"]
            known = self._read.get(metadata["uid"])
            if known is None or known[0] != metadata["resourceVersion"]:
                known = (metadata["resourceVersion"], read_pod(item))
            fresh[metadata["uid"]] = known
        self._read = fresh
        return [pod for _, pod in fresh.values() if not pod.finished]


@dataclass(frozen=True)
class ClusterState:
    """What there is now."""

    nodes: tuple[Node, ...]
    pods: tuple[Pod, ...]
    groups: Mapping[str, Group]
    counts: Mapping[str, Counts]

    @property
    def group_of(self) -> dict[str, Group]:
        """The group of each node that is up and stays, by the node's name."""
        there = owners(self.groups.values())
        hidden = {name for one in self.counts.values() for name in (*one.not_started, *one.leaving)}
        return {
            node.name: there[node.instance]
            for node in self.nodes
            if node.instance in there and node.name not in hidden
        }

    def rooms(self) -> dict[str, Room]:
        """The nodes that are up and stay, with their pods."""
        hidden = {name for one in self.counts.values() for name in (*one.not_started, *one.leaving)}
        by_node: dict[str, list[Pod]] = {}
        for pod in self.pods:
            if pod.node:
                by_node.setdefault(pod.node, []).append(pod)
        return {
            node.name: Room.of(node, by_node.get(node.name, ()))
            for node in self.nodes
            if node.name not in hidden
        }

    def waiting(self, settings: Settings, times: Times) -> list[Pod]:
        """The pods that the scheduler found no place for, as far as they count."""
        return [
            pod
            for pod in self.pods
            if pod.unschedulable
            and not (pod.node or pod.deleting)
            and pod.priority >= settings.expendable_priority
            and times.age(moment(pod.created)) >= settings.new_pod_delay
        ]


def look(
    node_items: Items, pods: Iterable[Pod], memory: Memory, settings: Settings, times: Times
) -> ClusterState:
    """The state of the cluster; notes in `memory` since when instances have had no node."""
    nodes = tuple(read_node(item) for item in node_items)
    now = times.now()
    missing = without_nodes(memory.groups.values(), nodes)
    memory.unregistered_since = {
        instance: memory.unregistered_since.get(instance, now) for instance in sorted(missing)
    }
    unregistered = {name: now - since for name, since in memory.unregistered_since.items()}
    counts = count(memory.groups, nodes, unregistered, settings, times.age)
    return ClusterState(nodes, tuple(pods), dict(memory.groups), counts)
