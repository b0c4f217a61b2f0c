"""The actions on the control plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.control_plane.setting import ANYWHERE, ClusterSetting, EndpointAccess
from sigopt_operator.plan.difference import Difference


@dataclass(frozen=True)
class CreateCluster:
    """Ask EKS for a control plane."""

    name: str
    version: str | None
    role_arn: str
    subnet_ids: tuple[str, ...]
    tags: Mapping[str, str]
    token: str
    zones: Mapping[str, str] = field(default_factory=dict)
    """The zone of each of the subnets: EKS may have no room in one of them."""
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
class DeleteCluster:
    """Ask EKS to take the control plane away."""

    name: str

    def __str__(self) -> str:
        return f"delete EKS cluster {self.name}"


def spoken(path: tuple[str, ...]) -> str:
    """An upgrade in words: "1.33 to 1.34, then 1.35"."""
    present, following, *rest = path
    return f"{present} to {following}" + "".join(f", then {version}" for version in rest)


ControlPlaneAction = CreateCluster | UpdateClusterVersion | UpdateClusterSetting | DeleteCluster
