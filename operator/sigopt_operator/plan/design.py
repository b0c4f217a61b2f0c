"""The design of one cluster's network and roles: what its CloudFormation stack shall hold."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

REVISION = 1
"""Raised when the template that is rendered from a design changes for the same design."""

VPC_CIDR = "192.168.0.0/16"
MAX_ZONES = 6
"""As many as the address plan has room for: a /19 for nodes and a /21 for load balancers each."""


@dataclass(frozen=True)
class NetworkDesign:
    """Everything that decides what the stack's template says."""

    cluster_name: str
    zones: tuple[str, ...]
    """In the order in which their address blocks were given out: only ever appended to."""
    trusted: tuple[str, ...]
    """ARNs that may assume the access role."""
    node_policies: tuple[str, ...] = ()
    """ARNs attached to the node role beyond those that EKS needs."""

    @property
    def digest(self) -> str:
        """Changes exactly when the stack has to be updated."""
        told = json.dumps([REVISION, asdict(self)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def stack_name(cluster_name: str) -> str:
    """The stack of a cluster."""
    return f"{cluster_name}-sigopt"


def cluster_role(cluster_name: str) -> str:
    """The control plane's role."""
    return f"{cluster_name}-cluster-role"


def node_role(cluster_name: str) -> str:
    """The nodes' role."""
    return f"{cluster_name}-node-role"


def autoscaler_role(cluster_name: str) -> str:
    """The role that cluster-autoscaler gets through pod identity."""
    return f"{cluster_name}-autoscaler-role"


def access_role(cluster_name: str) -> str:
    """The role that colleagues assume: the name that `sigopt cluster` always gave it.

    IAM allows 64 characters, which is why a cluster's name has at most 48.
    """
    return f"{cluster_name}-k8s-access-role"


def private_subnet(index: int) -> str:
    """Logical id of the nodes' subnet in the zone with this index."""
    return f"PrivateSubnet{index}"


def role_arn(partition: str, account: str, role: str) -> str:
    """The ARN of a role of ours: they have no path."""
    return f"arn:{partition}:iam::{account}:role/{role}"
