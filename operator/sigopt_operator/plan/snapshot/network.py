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
        """Whether others can build on it."""
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
    maker: str = ""
    """The parameter of that name: see NetworkDesign."""
    drifted: bool = False
    """Whether CloudFormation says so since somebody last had it look."""
    tags: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, StackResource] = field(default_factory=dict)
    """By logical id."""


@dataclass(frozen=True)
class Subnet:
    """A subnet that exists, of somebody's network."""

    id: str
    zone: str
    zone_id: str
    vpc_id: str


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
