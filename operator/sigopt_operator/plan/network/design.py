"""The design of one cluster's network and roles: what its CloudFormation stack shall hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import IPv4Network

from sigopt_operator.plan.ownership import TAG_CIDR, TAG_ZONES

REVISION = 2
"""Raised when the template that is rendered from a design changes for the same design."""

ACCESS_ROLE = "AccessRole"
"""Logical id of the role that colleagues assume."""
VPC = "Vpc"
PUBLIC_ROUTES = "PublicRouteTable"
PRIVATE_ROUTES = "PrivateRouteTable"
INTERNET_GATEWAY = "InternetGateway"
NAT_GATEWAY = "NatGateway"
"""Logical ids of the network itself and of what its subnets reach the internet through."""
STACK_SUFFIX = "-sigopt"
"""What the name of a cluster's stack has after the cluster's."""
VPC_CIDR = "192.168.0.0/16"
MAX_ZONES = 6
"""As many as the address plan has room for."""


@dataclass(frozen=True)
class AddressPlan:
    """A network's block divided for six zones: an eighth for nodes each, a 32nd for load balancers.

    Of a /16 that is a /19 and a /21 each, of a /20 a /23 and a /25.
    """

    cidr: str

    def nodes(self, index: int) -> str:
        """The block of the nodes' subnet in the zone with this index."""
        return str(self._part(3, index))

    def load_balancers(self, index: int) -> str:
        """The block of the load balancers' subnet in the zone with this index."""
        # The first six eighths are the nodes'.
        return str(self._part(5, MAX_ZONES * 4 + index))

    def _part(self, bits: int, index: int) -> IPv4Network:
        network = IPv4Network(self.cidr)
        size = 2 ** (32 - network.prefixlen - bits)
        return IPv4Network((int(network.network_address) + index * size, network.prefixlen + bits))


@dataclass(frozen=True)
class NetworkDesign:
    """Everything that decides what the stack's template says."""

    cluster_name: str
    zones: tuple[str, ...]
    """In the order in which their address blocks were given out: only ever appended to."""
    maker: str
    """Whom the access role trusts when it is made: an ARN. What becomes of its trust afterwards is
    not the stack's affair, so that it decides no update."""
    node_policies: tuple[str, ...] = ()
    """ARNs attached to the node role beyond those that EKS needs."""
    cidr: str = VPC_CIDR
    """Block of the network, /16 to /20."""
    roles_alone: bool = False
    """Whether the network is somebody's: then the stack holds nothing of one."""

    @property
    def partition(self) -> str:
        """That of whoever makes it, and so of all that is made: nobody acts in another."""
        return self.maker.partition(":")[2].partition(":")[0]

    @property
    def blocks(self) -> AddressPlan:
        """Which block each subnet has."""
        return AddressPlan(self.cidr)

    @property
    def digest(self) -> str:
        """Changes exactly when the stack has to be updated."""
        designed = asdict(self)
        del designed["maker"]
        told = json.dumps([REVISION, designed], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def has_network(tags: Mapping[str, str]) -> bool:
    """Whether a stack of ours with these tags holds a network, and not roles alone."""
    return bool(tags.get(TAG_ZONES))


def cidr_of(tags: Mapping[str, str]) -> str:
    """The block of the network of a stack with these tags."""
    return tags.get(TAG_CIDR, VPC_CIDR)


def stack_name(cluster_name: str) -> str:
    """The stack of a cluster."""
    return f"{cluster_name}{STACK_SUFFIX}"


def cluster_of(stack: str) -> str:
    """The name of the cluster that a stack of this name is for."""
    return stack.removesuffix(STACK_SUFFIX)


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


def public_subnet(index: int) -> str:
    """Logical id of the load balancers' subnet in the zone with this index."""
    return f"PublicSubnet{index}"


def private_subnet(index: int) -> str:
    """Logical id of the nodes' subnet in the zone with this index."""
    return f"PrivateSubnet{index}"


def role_arn(partition: str, account: str, role: str) -> str:
    """The ARN of a role of ours: they have no path."""
    return f"arn:{partition}:iam::{account}:role/{role}"
