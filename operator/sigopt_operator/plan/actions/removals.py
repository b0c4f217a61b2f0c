"""The actions that take away what workloads made in AWS, and what stayed behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from sigopt_operator.plan.control_plane.api_server import ApiServer


@dataclass(frozen=True)
class DeleteObject:
    """Delete an object through the cluster's own API, so that its controller tidies up in AWS."""

    server: ApiServer
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"delete {self.kind} {self.namespace}/{self.name} in the cluster"


@dataclass(frozen=True)
class DeleteLoadBalancer:
    """Take away a load balancer that carries the cluster's tags; without an ARN a classic one."""

    name: str
    arn: str

    def __str__(self) -> str:
        return f"delete load balancer {self.name}"


@dataclass(frozen=True)
class DeleteTargetGroup:
    """Take away a target group that carries the cluster's tags."""

    name: str
    arn: str

    def __str__(self) -> str:
        return f"delete target group {self.name}"


@dataclass(frozen=True)
class DeleteSecurityGroup:
    """Take away a security group of the cluster, after the rules of its fellows that name it."""

    id: str
    name: str
    named_by: tuple[str, ...] = ()
    """Ids of other groups of the cluster."""

    def __str__(self) -> str:
        return f"delete security group {self.name} ({self.id})"


@dataclass(frozen=True)
class DeleteVolume:
    """Take away the volume of a claim whose policy is Delete."""

    name: str
    claim: str

    def __str__(self) -> str:
        return f"delete volume {self.name} of claim {self.claim}"


@dataclass(frozen=True)
class DeleteInterface:
    """Take away a network interface that the CNI left behind."""

    id: str
    description: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"delete left network interface {self.id}"


Removal = (
    DeleteObject
    | DeleteLoadBalancer
    | DeleteTargetGroup
    | DeleteSecurityGroup
    | DeleteVolume
    | DeleteInterface
)
