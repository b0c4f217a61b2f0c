"""Who the operator is in AWS, and what AWS sells there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Identity:
    """Who the operator is towards AWS, in this resource's account."""

    account: str
    """Twelve digits."""
    caller_arn: str
    """As STS GetCallerIdentity says it; for a role this names a session."""
    principal_arn: str
    """The IAM user or role behind the caller, path included: an ARN that lasts."""
    partition: str = "aws"
    principal_made_at: datetime | None = None
    """When the role was made; None of a user, or where IAM does not say."""


NOBODY = Identity(account="", caller_arn="", principal_arn="")
"""Nobody at all: what is asked of no AWS account."""


@dataclass(frozen=True)
class Zone:
    """An availability zone that is open to this account."""

    name: str
    id: str


@dataclass(frozen=True)
class InstanceType:
    """What EC2 DescribeInstanceTypes says of a type, as far as a pool depends on it."""

    name: str
    architectures: tuple[str, ...]
    nvidia_gpus: tuple[str, ...] = ()
    """Names of the NVIDIA models on board, `T4` or `K80`; empty without an NVIDIA GPU."""
    gpus: int = 0
    """How many NVIDIA GPUs there are on board, of all models."""
    zones: tuple[str, ...] = ()
    """Zone names in which the type is sold."""
    vcpus: int = 0
    """As many as count against a quota."""


@dataclass(frozen=True)
class Facts:
    """What AWS sells here and now: needed before anything is created."""

    zones: tuple[Zone, ...]
    types: Mapping[str, InstanceType]
    """Those of the asked types that exist in this region; a type not in here does not."""
    versions: tuple[str, ...]
    """Kubernetes versions on offer, newest first."""


@dataclass(frozen=True)
class Release:
    """A Kubernetes version that EKS offers."""

    version: str
    """`1.NN`."""
    standard_support_ends: datetime | None = None
