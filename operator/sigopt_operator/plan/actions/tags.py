"""The actions that put tags on what stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.difference import Difference


@dataclass(frozen=True)
class Retag:
    """Bring the tags of one thing to those of the spec; tags of others stay."""

    area: str
    """The part that it is of, such as `NodePools`."""
    kind: str
    """In words: `EKS cluster`."""
    id: str
    """An ARN, or the id that EC2 gave."""
    name: str
    put: Mapping[str, str]
    remove: Mapping[str, str] = field(default_factory=dict)
    """Tags to be taken off, with the values that the spec gave them."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        told = [f"{key}={value}" for key, value in self.put.items()]
        told += [f"no {key}" for key in self.remove]
        return f"tag {self.kind} {self.name} with {', '.join(told)}"


@dataclass(frozen=True)
class TagScalingGroup:
    """Tag the auto scaling group behind a node group, and its instances where they lack tags."""

    name: str
    """The node group."""
    group: str
    """The auto scaling group."""
    uid: str
    """Of the resource: volumes that carry another, or none, are not ours."""
    propagated: Mapping[str, str] = field(default_factory=dict)
    """Tags that its new instances get too."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Tags of the group alone."""
    remove: Mapping[str, str] = field(default_factory=dict)
    """Tags to be taken off, with their values."""
    on_instances: bool = False
    """Whether the instances that run, and those of their volumes that are ours, are to follow."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"tag the auto scaling group of node group {self.name}"


@dataclass(frozen=True)
class TakeOver:
    """Put the resource's tags on what somebody else, or an earlier resource, made."""

    area: str
    """The part that it is of, such as `ControlPlane` or `NodePools`."""
    kind: str
    """In words: `EKS cluster`."""
    id: str
    """An ARN, or the id that EC2 gave."""
    name: str
    tags: Mapping[str, str]

    def __str__(self) -> str:
        return f"take over {self.kind} {self.name}"


TagsAction = Retag | TagScalingGroup | TakeOver
