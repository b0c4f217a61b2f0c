"""The actions on the stack of the network and the roles, and on a role alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.network.design import NetworkDesign


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


NetworkAction = CreateStack | UpdateStack | DeleteStack | MendRole
