"""The node groups of a cluster, side by side, and what their auto scaling groups say."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

from sigopt_operator.observe.readings import Readings
from sigopt_operator.observe.readings.recall import aside
from sigopt_operator.plan.snapshot import NodeGroup, ScalingGroup


def node_groups(
    read: Readings, executor: Executor, cluster: str, names: tuple[str, ...]
) -> tuple[NodeGroup, ...]:
    """Those of these names that are there; raises AwsError."""
    found = [aside(executor, read, Readings.node_group, cluster, name) for name in names]
    return tuple(group for told in found if (group := told.result()))


def scaled(read: Readings, groups: tuple[NodeGroup, ...]) -> tuple[NodeGroup, ...]:
    """With what the auto scaling groups say: the autoscaler's desired size is there at once."""
    # A DEGRADED one may stay so: one that found no capacity does until it finds some.
    steady = [group for group in groups if group.status in ("ACTIVE", "DEGRADED")]
    names = tuple(group.auto_scaling_group for group in steady if group.auto_scaling_group)
    if not names:
        return groups
    scaling = read.scaling_groups(names)
    return tuple(_with(group, scaling.get(group.auto_scaling_group)) for group in groups)


def _with(group: NodeGroup, scaling: ScalingGroup | None) -> NodeGroup:
    if scaling is None:
        return group
    return replace(group, scaling=scaling, desired_size=scaling.desired_size)
