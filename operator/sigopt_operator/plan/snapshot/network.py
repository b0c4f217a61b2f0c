"""The stack of the network and the roles, and somebody's subnets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class StackResource:
    """One resource of a CloudFormation stack."""

    logical_id: str
    physical_id: str
    """Empty until CloudFormation knows it."""
    status: str
    reason: str = ""
    updated_at: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether others can build on it: also on what stands, and is or could not be changed."""
        if self.status.startswith("UPDATE_"):
            return bool(self.physical_id)
        return self.status.endswith("_COMPLETE") and not self.status.startswith("DELETE")


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack, in any state but DELETE_COMPLETE."""

    id: str
    name: str
    status: str
    since: datetime
    """When its last operation began."""
    reason: str = ""
    drifted: bool = False
    """Whether CloudFormation says so since somebody last had it look."""
    tags: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, StackResource] = field(default_factory=dict)
    """By logical id."""


@dataclass(frozen=True)
class Subnet:
    """A subnet that exists, of somebody's network or of ours."""

    id: str
    zone: str
    zone_id: str
    vpc_id: str
    public_addresses: bool = False
    """Whether what starts in it gets one."""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RouteTable:
    """A route table of our network, anybody's."""

    id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    way_out: str = ""
    """Where 0.0.0.0/0 leads: the id of a gateway, or of something else; empty: nowhere."""
    blackhole: bool = False
    """EC2's word for a way out that leads to what is gone."""
    main: bool = False
    """Whether subnets have it that have no other."""
    associations: Mapping[str, str] = field(default_factory=dict)
    """The id of the association, by the subnet's."""

    @property
    def alive(self) -> bool:
        """Whether it leads out."""
        return bool(self.way_out) and not self.blackhole


@dataclass(frozen=True)
class Vpc:
    """What stands in our network: that of the stack, and what others put there."""

    id: str
    tables: tuple[RouteTable, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    gateways: frozenset[str] | None = None
    """Ids of the internet and NAT gateways that serve; None: not asked, because none is missed."""

    def table(self, table_id: str) -> RouteTable | None:
        """The route table of that id."""
        return next((table for table in self.tables if table.id == table_id), None)

    def subnet(self, subnet_id: str) -> Subnet | None:
        """The subnet of that id."""
        return next((subnet for subnet in self.subnets if subnet.id == subnet_id), None)

    def associated_with(self, subnet_id: str) -> RouteTable | None:
        """The table that the subnet was given; None where it has the main one."""
        return next((table for table in self.tables if subnet_id in table.associations), None)

    def table_of(self, subnet_id: str) -> RouteTable | None:
        """The table that the subnet has."""
        main = next((table for table in self.tables if table.main), None)
        return self.associated_with(subnet_id) or main


@dataclass(frozen=True)
class Role:
    """An IAM role, as far as it was looked at: what we do not give to it may be missing here."""

    name: str
    trust: Mapping[str, Any] | None
    attached: frozenset[str] = frozenset()
    """ARNs of managed policies."""
    inline: Mapping[str, Mapping[str, Any]] | None = field(default_factory=dict)
    """Inline policies of those names that we give; None: not asked."""
    made_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
