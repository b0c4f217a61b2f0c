"""The managed add-ons: on offer, and in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sigopt_operator.plan.snapshot.control_plane import Update


@dataclass(frozen=True)
class AddonOffer:
    """What EKS offers of one add-on for the Kubernetes version that the cluster has."""

    default: str
    """The version that AWS calls default; empty where it names none."""
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Addon:
    """A managed add-on of the cluster."""

    name: str
    status: str
    created_at: datetime
    version: str = ""
    health: tuple[str, ...] = ()
    arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    configuration: str = ""
    """configurationValues as EKS has them: the JSON or YAML that somebody once wrote."""
    last_update: Update | None = None
    """The newest update; only read while one is due, under way or failed."""
