"""The actions inside the cluster itself, and on the identity of what runs there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.workload.components.objects import Manifest, ObjectId


@dataclass(frozen=True)
class InstallComponent:
    """Apply objects of a component through the cluster's own API, by server-side apply."""

    server: ApiServer
    name: str
    version: str
    objects: tuple[Manifest, ...] = field(repr=False)
    """Those that are missing or differ, in the order in which they are applied."""
    spec_field: str
    """Where the spec wishes it, for who has to mend what the cluster refuses."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"install {self.name} {self.version}".rstrip() + " in the cluster"


@dataclass(frozen=True)
class RemoveObjects:
    """Delete objects of ours that nobody wants any more, through the cluster's own API."""

    server: ApiServer
    objects: tuple[ObjectId, ...]

    @property
    def name(self) -> str:
        """All of them, in words."""
        return ", ".join(map(str, self.objects))

    def __str__(self) -> str:
        return f"remove {self.name} from the cluster"


@dataclass(frozen=True)
class AssociatePodIdentity:
    """Give a service account the rights of an IAM role, by EKS Pod Identity."""

    cluster: str
    namespace: str
    service_account: str
    role_arn: str
    tags: Mapping[str, str]
    present: str = ""
    """The id of the association that there is, with another role."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    @property
    def name(self) -> str:
        """The service account."""
        return f"{self.namespace}/{self.service_account}"

    def __str__(self) -> str:
        return f"give service account {self.name} the role {self.role_arn}"


@dataclass(frozen=True)
class DissociatePodIdentity:
    """Take the rights of an IAM role from a service account."""

    cluster: str
    id: str
    name: str
    """The service account, `namespace/name`."""

    def __str__(self) -> str:
        return f"take its role from service account {self.name}"


WorkloadAction = InstallComponent | RemoveObjects | AssociatePodIdentity | DissociatePodIdentity
