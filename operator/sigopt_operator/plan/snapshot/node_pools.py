"""Node groups and what stands behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.snapshot.control_plane import Update


@dataclass(frozen=True)
class ScalingGroup:
    """The EC2 auto scaling group behind a node group."""

    name: str
    min_size: int
    max_size: int
    desired_size: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group of the cluster, anybody's."""

    name: str
    status: str
    created_at: datetime
    modified_at: datetime
    arn: str = ""
    instance_types: tuple[str, ...] = ()
    min_size: int = 0
    max_size: int = 0
    desired_size: int = 0
    version: str = ""
    auto_scaling_group: str = ""
    scaling: ScalingGroup | None = None
    """None: not asked, or not there."""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    health: tuple[str, ...] = ()
    last_update: Update | None = None
    """The newest update of its version; only read while one is due or under way."""
    config_update: Update | None = None
    """The newest of its limits, labels and taints; only read while they are not as wished."""


@dataclass(frozen=True)
class LaunchTemplate:
    """An EC2 launch template whose name begins with the cluster's, anybody's."""

    name: str
    id: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptPod:
    """A pod on a node that is to go, whose budget admits no eviction now."""

    node_group: str
    namespace: str
    name: str
    budget: str
    """The PodDisruptionBudget, in the pod's namespace."""

    def __str__(self) -> str:
        pod = f"pod {self.namespace}/{self.name}"
        return f"{pod} stays because of PodDisruptionBudget {self.namespace}/{self.budget}"
