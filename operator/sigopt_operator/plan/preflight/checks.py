"""What an account has room and leave for, asked once before something is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar


@dataclass(frozen=True)
class Unchecked:
    """Something that could not be asked; that is said, and blocks nothing."""

    what: str
    """What was not checked, as a person would call it."""
    why: str
    """AWS's own code, `AccessDenied`."""

    def __str__(self) -> str:
        return f"{self.what} ({self.why})"


T = TypeVar("T")
Checked: TypeAlias = T | Unchecked
"""An answer, or why there is none."""


@dataclass(frozen=True)
class Quota:
    """One quota of the account in the region."""

    service: str
    code: str
    name: str
    value: float


@dataclass(frozen=True)
class Usage:
    """What is counted against quotas, in this account and region, of everybody."""

    vpcs: Checked[int]
    addresses: Checked[int]
    clusters: Checked[int]


@dataclass(frozen=True)
class Lacking:
    """What the caller may not do of what the operator needs, by IAM's simulation."""

    denied: tuple[str, ...] = ()
    """Actions."""
    unsure: tuple[str, ...] = ()
    """Actions that a policy allows on a condition which cannot be judged beforehand."""


@dataclass(frozen=True)
class Checks:
    """The answers; `None` is what was not asked, because the change does not concern it."""

    quotas: Mapping[str, Checked[Quota]]
    """By quota code."""
    running: Checked[Mapping[str, int]]
    """vCPUs that run now, by quota code, without those of this cluster."""
    usage: Usage | None = None
    roles: Checked[frozenset[str]] | None = None
    """Those of the cluster's role names that exist, in lower case as IAM compares them."""
    lacking: Checked[Lacking] | None = None
