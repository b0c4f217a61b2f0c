"""What stands in the cluster itself of what the operator puts there, and the identity it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sigopt_operator.plan.workload.components.objects import Manifest, ObjectId


@dataclass(frozen=True)
class PodIdentity:
    """The EKS Pod Identity association of cluster-autoscaler's service account, anybody's."""

    id: str
    role_arn: str
    arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unavailable:
    """Why a Deployment does not run."""

    why: str
    since: datetime | None = None
    """None where the cluster does not say."""


@dataclass(frozen=True)
class Installed:
    """What the cluster's own API says of the operator's objects in it."""

    objects: Mapping[ObjectId, Manifest] = field(default_factory=dict)
    """As they are now: all that carry the resource's mark, and whatever has a wanted name."""
    unavailable: Mapping[ObjectId, Unavailable] = field(default_factory=dict)
    """Those of the Deployments that are not available."""
    problem: str = ""
    """Why it could not be asked; empty when it could."""
    refused_with: int | None = None
    """The HTTP status where the API server answered, and refused."""
