"""The actions on node groups and their launch templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.node_pools.taint import Taint


@dataclass(frozen=True)
class CreateNodeGroup:
    """Make a launch template of its own and a managed node group from it."""

    cluster: str
    name: str
    launch_template: str
    instance_type: str
    ami_type: str
    volume_size: int
    min_size: int
    max_size: int
    desired_size: int
    role_arn: str
    subnet_ids: tuple[str, ...]
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    tags: Mapping[str, str]
    token: str
    more_types: tuple[str, ...] = ()
    """Types that will do as well, for spot capacity."""
    spot: bool = False
    warning: str = field(default="", compare=False)
    """What whoever wishes it should know."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Every type that its nodes may have, the preferred one first."""
        return (self.instance_type, *self.more_types)

    def __str__(self) -> str:
        spot = ", spot" if self.spot else ""
        return f"create node group {self.name} ({', '.join(self.instance_types)}{spot})"


@dataclass(frozen=True)
class UpdateNodeGroupConfig:
    """Change limits, labels and taints of a node group: EKS takes them together."""

    cluster: str
    name: str
    token: str
    limits: tuple[int, int] | None = None
    """Least and most nodes; None: they stay."""
    desired_size: int | None = None
    """Only where the new limits would not admit it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    no_labels: tuple[str, ...] = ()
    taints: tuple[Taint, ...] = ()
    no_taints: tuple[Taint, ...] = ()
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        told = [f"{self.limits[0]}..{self.limits[1]} nodes"] if self.limits else []
        told += [f"label {key}={value}" for key, value in self.labels.items()]
        told += [f"no label {key}" for key in self.no_labels]
        told += [f"taint {taint}" for taint in self.taints]
        told += [f"no taint {taint}" for taint in self.no_taints]
        return f"set node group {self.name} to {', '.join(told)}"


@dataclass(frozen=True)
class UpdateNodeGroupVersion:
    """Ask EKS to replace a node group's nodes by such of the control plane's version.

    It respects disruption budgets: never with `force`.
    """

    cluster: str
    name: str
    present: str
    version: str
    token: str

    def __str__(self) -> str:
        return f"upgrade node group {self.name} from Kubernetes {self.present} to {self.version}"


@dataclass(frozen=True)
class DeleteNodeGroup:
    """Drain and take away a node group."""

    cluster: str
    name: str
    failed: tuple[str, int] | None = None
    """Of one that EKS could not make: the id of its launch template, which is to remember the
    number of its attempt."""

    def __str__(self) -> str:
        return f"delete node group {self.name}"


@dataclass(frozen=True)
class DeleteLaunchTemplate:
    """Take away the launch template of a node group that is gone."""

    id: str
    name: str

    def __str__(self) -> str:
        return f"delete launch template {self.name}"


NodePoolsAction = (
    CreateNodeGroup
    | UpdateNodeGroupConfig
    | UpdateNodeGroupVersion
    | DeleteNodeGroup
    | DeleteLaunchTemplate
)
