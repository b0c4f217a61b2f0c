"""The actions on who may use the cluster's API, and assume the role that leads there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.difference import Difference


@dataclass(frozen=True)
class GrantAccess:
    """Let a principal into the cluster's API with an access policy at cluster scope."""

    cluster: str
    principal_arn: str
    policy: str
    tags: Mapping[str, str]
    anew: bool = False
    """Whether an entry that lets nobody in any more is deleted before."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        anew = ", its access entry made anew" if self.anew else ""
        return f"grant {self.policy} to {self.principal_arn}{anew}"


@dataclass(frozen=True)
class TrustPrincipals:
    """Let exactly these and the operator assume the access role; whoever IAM knows is let in."""

    name: str
    """The role."""
    principals: tuple[str, ...]
    """ARNs, sorted."""
    operator: str
    """The ARN behind the operator's credentials."""
    present: tuple[str, ...] | None = None
    """Who may assume it now, sorted; None: its trust says more than that."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"let {', '.join(self.principals) or 'nobody else'} assume IAM role {self.name}"


AccessAction = GrantAccess | TrustPrincipals
