"""The actions on who may use the cluster's API."""

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
    token: str
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"grant {self.policy} to {self.principal_arn}"


AccessAction = GrantAccess
