"""The actions that put back what somebody changed in the network of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.difference import Difference


@dataclass(frozen=True)
class LeadOut:
    """Lead everything that a route table knows no nearer way for to a gateway."""

    name: str
    """The route table's id."""
    gateway: str
    """Id of an internet or a NAT gateway."""
    nat: bool
    """Whether that is a NAT gateway."""
    instead: bool
    """Whether it leads elsewhere now."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"lead 0.0.0.0/0 of route table {self.name} to {self.gateway}"


@dataclass(frozen=True)
class GiveRoutes:
    """Give a subnet its route table."""

    name: str
    """The subnet's id."""
    table: str
    instead_of: str | None
    """Id of the association with another table; None: it has only the network's main table."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"give subnet {self.name} the route table {self.table}"


@dataclass(frozen=True)
class MendSubnet:
    """Give a subnet the tags by which load balancers find it, and its way with public addresses."""

    name: str
    """The subnet's id."""
    tags: Mapping[str, str] = field(default_factory=dict)
    public_addresses: bool | None = None
    """Whether instances get one; None: that stays."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        told = [f"tag {key}" for key in self.tags]
        if self.public_addresses is not None:
            told.append("public addresses" if self.public_addresses else "no public addresses")
        return f"give subnet {self.name} {' and '.join(told)}"


RoutesAction = LeadOut | GiveRoutes | MendSubnet
