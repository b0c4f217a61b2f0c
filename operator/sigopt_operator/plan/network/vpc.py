"""The network inside the stack, by the ids that EC2 gave: what each half is to be.

The stack's template has the same (aws/template.py). CloudFormation mends nothing that was changed
beside it, so routes and subnets are compared with what EC2 says (plan/network/mending.py). What is
gone altogether had an id that nothing can have again: that is told (plan/network/losses.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sigopt_operator.plan.network.design import (
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    PRIVATE_ROUTES,
    PUBLIC_ROUTES,
    VPC,
    private_subnet,
    public_subnet,
)
from sigopt_operator.plan.ownership import TAG_ZONES
from sigopt_operator.plan.snapshot import RouteTable, Stack, Vpc

EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Half:
    """The public or the private subnets, with their route table and where that leads."""

    kind: str
    """`public` or `private`."""
    table: str
    gateway: str
    subnets: tuple[str, ...]
    tag: str
    """By which load balancers find the subnets."""

    @property
    def public(self) -> bool:
        """Whether instances in it get public addresses."""
        return self.kind == "public"

    def led_out_by(self, table: RouteTable | None) -> bool:
        """Whether a route table leads where this half is to be led."""
        return table is not None and table.alive and table.way_out == self.gateway


def vpc_id_of(stack: Stack | None) -> str | None:
    """The network that the stack holds; None where it holds none, or not yet."""
    vpc = stack.resources.get(VPC) if stack else None
    return vpc.physical_id if vpc and vpc.complete else None


def halves_of(stack: Stack) -> tuple[Half, Half]:
    """Both, as designed."""
    count = len(stack.tags.get(TAG_ZONES, "").split())

    def found(logical_id: str) -> str:
        resource = stack.resources.get(logical_id)
        return resource.physical_id if resource else ""

    def subnets(logical_id: Callable[[int], str]) -> tuple[str, ...]:
        return tuple(filter(None, (found(logical_id(index)) for index in range(count))))

    return (
        Half(
            "public",
            found(PUBLIC_ROUTES),
            found(INTERNET_GATEWAY),
            subnets(public_subnet),
            "kubernetes.io/role/elb",
        ),
        Half(
            "private",
            found(PRIVATE_ROUTES),
            found(NAT_GATEWAY),
            subnets(private_subnet),
            "kubernetes.io/role/internal-elb",
        ),
    )


def way_out_amiss(stack: Stack, vpc: Vpc) -> bool:
    """Whether it matters which gateways there are."""
    return any(not half.led_out_by(vpc.table(half.table)) for half in halves_of(stack))


def serves(half: Half, vpc: Vpc) -> bool:
    """Whether its route table leads out, or can be made to."""
    table = vpc.table(half.table)
    return table is not None and (table.alive or half.gateway in (vpc.gateways or ()))
