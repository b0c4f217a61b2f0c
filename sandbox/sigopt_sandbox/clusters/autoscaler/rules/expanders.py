"""Which of several groups that would help is made larger (pkg/expander of the real one)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod


@dataclass(frozen=True)
class Option:
    """A group that would help, by how many nodes, and whom."""

    group: str
    nodes: int
    pods: tuple[Pod, ...]
    template: Room


Filter = Callable[[Sequence[Option]], list[Option]]


def _least_waste(options: Sequence[Option]) -> list[Option]:
    """Those that leave the smallest share of CPU and memory unused."""
    return _smallest(options, _waste)


def _waste(option: Option) -> float:
    wasted = 0.0
    for resource in ("cpu", "memory"):
        there = option.template.node.capacity.get(resource, 0) * option.nodes
        wanted = sum(pod.requests.get(resource, 0) for pod in option.pods)
        wasted += (there - wanted) / there if there else 0.0
    return wasted


def _most_pods(options: Sequence[Option]) -> list[Option]:
    return _smallest(options, lambda option: -len(option.pods))


def _least_nodes(options: Sequence[Option]) -> list[Option]:
    return _smallest(options, lambda option: option.nodes)


def _smallest(options: Sequence[Option], score: Callable[[Option], float]) -> list[Option]:
    best = min(score(option) for option in options)
    return [option for option in options if score(option) == best]


FILTERS: dict[str, Filter] = {
    "random": list,
    "most-pods": _most_pods,
    "least-waste": _least_waste,
    "least-nodes": _least_nodes,
}
"""The expanders that are simulated."""
NOT_SIMULATED = ("price", "priority", "grpc")


def choose(options: Sequence[Option], expanders: Sequence[str], chance: Random) -> Option:
    """One of the options: each expander in turn, then chance. `options` is not empty."""
    left = list(options)
    for name in expanders:
        left = FILTERS[name](left)
    return chance.choice(left)
