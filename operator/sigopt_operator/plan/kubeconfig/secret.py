"""Secrets that the operator writes into the management cluster, as data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

LONGEST_NAME = 253
"""Characters of an object's name in Kubernetes (a DNS subdomain, RFC 1123)."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a Secret is."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def parse(cls, told: str) -> Place:
        """The reverse of `str`."""
        namespace, _, name = told.partition("/")
        return cls(namespace, name)


@dataclass(frozen=True)
class Noted:
    """Where Secrets of a resource are, or are about to be, as its status says."""

    kubeconfig: Place | None = None
    argocd: Place | None = None


NOWHERE = Noted()


@dataclass(frozen=True)
class Secret:
    """A Secret as it is wished, or one of ours as it was found."""

    place: Place
    uid: str
    """Of the SigOptCluster that it is for: the label by which it is known as ours."""
    type: str
    data: Mapping[str, str] = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Beside that of ownership."""
    owner: str | None = None
    """Name of the SigOptCluster that owns it, in its own namespace; None: no owner reference."""

    def holds(self, wanted: Secret) -> bool:
        """Whether it is as wanted; what somebody added to it does not matter."""
        return (
            self.type == wanted.type
            and self.owner == wanted.owner
            and {**self.labels, **wanted.labels} == self.labels
            and {**self.data, **wanted.data} == self.data
        )


@dataclass(frozen=True)
class FoundSecret:
    """What stands at a place: nothing is kept of a Secret that is somebody else's."""

    uid: str = ""
    """Its own."""
    secret: Secret | None = None
    """None: it is somebody else's, or could not be read."""
    going: bool = False
    """Whether it is owned by an earlier resource of the same name, and goes with that."""
    problem: str = ""
    """Why nothing can be said of it, or done about it; in words."""
    absent: bool = False
    """Whether nothing stands there, the problem being one of writing alone."""


class SecretStore(Protocol):
    """Where these Secrets are: what is asked of the management cluster. Safe for many threads."""

    def find(self, place: Place, uid: str, name: str, *, to_be_deleted: bool) -> FoundSecret | None:
        """What stands there, as far as it is of the resource of that uid and name; None: nothing.

        Where nothing stands, and what is written there has to be deleted again by the operator,
        it is a problem if it may not. Raises ManagementApiError when the API server is away.
        """
        ...

    def apply(self, secret: Secret, uid: str) -> None:
        """Write it, or bring the one with that uid to it; raises AwsError where that is refused.

        Without a uid it never overwrites what somebody has made of that name meanwhile.
        """
        ...

    def release(self, place: Place, uid: str) -> None:
        """Give the one with that uid up to the garbage collector; raises AwsError."""
        ...

    def delete(self, place: Place, uid: str) -> None:
        """Delete the one with that uid; one that is gone is fine. Raises AwsError."""
        ...


def fitting(name: str) -> str:
    """The name, or one that begins like it and fits Kubernetes."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9]}-{digest}"
