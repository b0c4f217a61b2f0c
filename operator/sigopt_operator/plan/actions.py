"""Everything the operator can do to AWS, as frozen data.

An action is small, idempotent, and never waits for AWS to finish. `part` says whose it is;
`str(action)` says it to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.cluster_setting import ANYWHERE, ClusterSetting, EndpointAccess
from sigopt_operator.plan.design import NetworkDesign
from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.removals import DeleteInterface, Removal
from sigopt_operator.plan.tagging import Retag, TagScalingGroup
from sigopt_operator.plan.taint import Taint


@dataclass(frozen=True)
class CreateStack:
    """Make the network and the roles."""

    name: str
    design: NetworkDesign
    tags: Mapping[str, str]
    token: str

    def __str__(self) -> str:
        return f"create CloudFormation stack {self.name}"


@dataclass(frozen=True)
class UpdateStack:
    """Bring the network and the roles to another design."""

    name: str
    design: NetworkDesign
    tags: Mapping[str, str]
    token: str

    def __str__(self) -> str:
        return f"update CloudFormation stack {self.name}"


@dataclass(frozen=True)
class DeleteStack:
    """Take the network and the roles away."""

    id: str
    name: str
    token: str

    def __str__(self) -> str:
        return f"delete CloudFormation stack {self.name}"


@dataclass(frozen=True)
class CreateCluster:
    """Ask EKS for a control plane."""

    name: str
    version: str | None
    role_arn: str
    subnet_ids: tuple[str, ...]
    tags: Mapping[str, str]
    token: str
    endpoint_access: EndpointAccess = ANYWHERE
    logging: tuple[str, ...] = ()
    kms_key_arn: str | None = None
    deletion_protection: bool = False

    def __str__(self) -> str:
        return f"create EKS cluster {self.name}"


@dataclass(frozen=True)
class UpdateClusterVersion:
    """Ask EKS to bring the control plane to the next minor version; never with `force`."""

    name: str
    path: tuple[str, ...]
    """From the present version over the next one to the wanted one, minor by minor."""
    token: str

    @property
    def version(self) -> str:
        """The next version."""
        return self.path[1]

    def __str__(self) -> str:
        return f"upgrade control plane {self.name} from Kubernetes {spoken(self.path)}"


@dataclass(frozen=True)
class UpdateClusterSetting:
    """Change one kind of setting of a control plane: EKS takes one kind a call."""

    name: str
    setting: ClusterSetting
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"set {self.setting} of EKS cluster {self.name}"


@dataclass(frozen=True)
class MendRole:
    """Give a role of the cluster back what it was made with; what was added to it stays."""

    name: str
    create: bool = False
    """Whether it is gone altogether."""
    attach: tuple[str, ...] = ()
    """ARNs of managed policies that it lacks."""
    inline: Mapping[str, str] = field(default_factory=dict)
    """Inline policies that it lacks or that differ: JSON by name."""
    trust: str | None = None
    """The trust policy as JSON, where it differs."""
    tags: Mapping[str, str] = field(default_factory=dict)
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"mend IAM role {self.name}"


@dataclass(frozen=True)
class DeleteCluster:
    """Ask EKS to take the control plane away."""

    name: str

    def __str__(self) -> str:
        return f"delete EKS cluster {self.name}"


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


@dataclass(frozen=True)
class CreateAddon:
    """Install a managed add-on."""

    cluster: str
    name: str
    tags: Mapping[str, str]
    token: str
    version: str | None = None
    """None: the one that AWS calls default."""
    configuration: str = ""
    """JSON; empty: AWS's defaults."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"install add-on {self.name}"


@dataclass(frozen=True)
class UpdateAddon:
    """Bring an add-on to another version, another configuration, or both."""

    cluster: str
    name: str
    present: str
    version: str
    configuration: str | None
    """JSON; None: stays as it is."""
    token: str

    def __str__(self) -> str:
        moves = "" if self.present == self.version else f" from {self.present} to {self.version}"
        return f"{'update' if moves else 'configure'} add-on {self.name}{moves}"


@dataclass(frozen=True)
class DeleteAddon:
    """Take away an add-on: one that failed, to be made again, or one that nobody wants any more."""

    cluster: str
    name: str

    def __str__(self) -> str:
        return f"remove add-on {self.name}"


@dataclass(frozen=True)
class GrantAccess:
    """Let a principal into the cluster's API with an access policy at cluster scope."""

    cluster: str
    principal_arn: str
    policy: str
    tags: Mapping[str, str]
    token: str
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"grant {self.policy} to {self.principal_arn}"


@dataclass(frozen=True)
class TakeOver:
    """Put the resource's tags on what somebody else, or an earlier resource, made."""

    area: str
    """The part that it is of, `ControlPlane` or `NodePools`."""
    kind: str
    """In words: `EKS cluster`."""
    id: str
    """An ARN, or the id that EC2 gave."""
    name: str
    tags: Mapping[str, str]

    def __str__(self) -> str:
        return f"take over {self.kind} {self.name}"


Action = (
    CreateStack
    | UpdateStack
    | DeleteStack
    | CreateCluster
    | UpdateClusterSetting
    | UpdateClusterVersion
    | DeleteCluster
    | CreateNodeGroup
    | UpdateNodeGroupConfig
    | UpdateNodeGroupVersion
    | DeleteNodeGroup
    | DeleteLaunchTemplate
    | CreateAddon
    | UpdateAddon
    | DeleteAddon
    | GrantAccess
    | MendRole
    | TakeOver
    | Retag
    | TagScalingGroup
    | Removal
)


def spoken(path: tuple[str, ...]) -> str:
    """An upgrade in words: "1.33 to 1.34, then 1.35"."""
    present, following, *rest = path
    return f"{present} to {following}" + "".join(f", then {version}" for version in rest)


def area(action: Action, part: str) -> str:
    """The part whose readings an action changes: the one that asked for it, as a rule."""
    match action:
        case TakeOver() | Retag():
            return action.area
        case TagScalingGroup():
            return "ScalingGroups"
        case _:
            return part


def target(action: Action) -> str:
    """The name by which the thing acted upon is listed: of itself, or of the principal."""
    match action:
        case GrantAccess(principal_arn=arn):
            return arn
        case DeleteInterface(id=interface):
            return interface
        case _:
            return action.name
