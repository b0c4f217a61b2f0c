"""Who may use the cluster's API, and how the operator itself fared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sigopt_operator.plan.access.policies import Policies
from sigopt_operator.plan.connection.fault import Fault


@dataclass(frozen=True)
class AccessEntry:
    """Who may use the cluster's API, and with which access policies."""

    principal_arn: str
    policies: Policies = field(default_factory=dict)
    arn: str = ""
    tags: Mapping[str, str] | None = None
    """None: not asked."""
    made_at: datetime | None = None
    """None: not asked."""


@dataclass(frozen=True)
class Connection:
    """The outcome of a connection test through the cluster's own API."""

    problem: str = ""
    """Empty when it worked; else which link broke, in words."""
    refused_with: int | None = None
    """The HTTP status where the API server answered, and refused."""
    fault: Fault | None = None
    """The problem as data; of an EKS cluster's API only where it was not reached."""
    username: str = ""
    version: str = ""
    nodes_ready: int = 0
    nodes: int = 0

    @property
    def slow(self) -> bool:
        """Whether finding out what is wrong took as long as it may."""
        return self.fault is not None and self.fault.slow
