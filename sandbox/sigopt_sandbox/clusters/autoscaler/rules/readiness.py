"""How many nodes of each group there are, and how many more will come (pkg/clusterstate)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sigopt_sandbox.clusters.autoscaler.values.groups import Group
from sigopt_sandbox.clusters.autoscaler.values.nodes import Node
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

Age = Callable[[datetime | None], float]
"""The age of a timestamp in seconds of AWS's time."""


@dataclass
class Counts:
    """The names of nodes by their state, and instances without a node."""

    ready: list[str] = field(default_factory=list)
    unready: list[str] = field(default_factory=list)
    resource_unready: list[str] = field(default_factory=list)
    """Those of the unready that only lack their GPUs."""
    not_started: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    """Nodes whose instance is gone or going."""
    unregistered: list[str] = field(default_factory=list)
    long_unregistered: list[str] = field(default_factory=list)

    @property
    def registered(self) -> int:
        """How many Nodes there are."""
        return len(self.ready) + len(self.unready) + len(self.not_started) + len(self.leaving)

    def upcoming(self, desired: int) -> int:
        """How many nodes will join, or become ready, without anything being done."""
        return desired - len(self.ready) - len(self.unready) - len(self.long_unregistered)


def owners(groups: Iterable[Group]) -> dict[str, Group]:
    """The group of each instance, those on their way out included."""
    return {instance.id: group for group in groups for instance in group.instances}


def count(
    groups: Mapping[str, Group],
    nodes: Iterable[Node],
    unregistered_for: Mapping[str, float],
    settings: Settings,
    age: Age,
) -> dict[str, Counts]:
    """The counts of each group; `unregistered_for` is how long an instance has had no node."""
    counts = {name: Counts() for name in groups}
    there = owners(groups.values())
    staying = {i.id for group in groups.values() for i in group.instances if not i.leaving}
    for node in nodes:
        group = there.get(node.instance)
        if group is not None:
            _file(counts[group.name], node, node.instance in staying, settings, age)
    for instance, seconds in unregistered_for.items():
        group = there.get(instance)
        if group is not None:
            late = seconds > settings.provision_time
            found = counts[group.name]
            (found.long_unregistered if late else found.unregistered).append(instance)
    return counts


def _file(counts: Counts, node: Node, staying: bool, settings: Settings, age: Age) -> None:
    if not staying:
        counts.leaving.append(node.name)
    elif node.ready:
        counts.ready.append(node.name)
    elif age(node.created) < settings.startup_time:
        counts.not_started.append(node.name)
    else:
        counts.unready.append(node.name)
        if node.awaits_gpus:
            counts.resource_unready.append(node.name)


def without_nodes(groups: Iterable[Group], nodes: Iterable[Node]) -> set[str]:
    """The instances that should have registered a Node and have not."""
    registered = {node.instance for node in nodes}
    return {
        instance.id
        for group in groups
        for instance in group.instances
        if not instance.leaving and instance.id not in registered
    }
