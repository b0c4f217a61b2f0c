"""The actions on Secrets of the management cluster."""

from __future__ import annotations

from dataclasses import dataclass, field

from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.kubeconfig.secret import Place, Secret


@dataclass(frozen=True)
class ApplySecret:
    """Write a Secret, or bring one of ours to what it is to be."""

    secret: Secret
    uid: str
    """Of the Secret that was found; empty: there is none yet."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    @property
    def name(self) -> str:
        """The place of the Secret."""
        return str(self.secret.place)

    def __str__(self) -> str:
        return f"write Secret {self.secret.place}"


@dataclass(frozen=True)
class ReleaseSecret:
    """Give a Secret of ours up to Kubernetes' garbage collector.

    In the namespaces of resources the operator may not delete Secrets, nor need it.
    """

    place: Place
    uid: str

    @property
    def name(self) -> str:
        """The place of the Secret."""
        return str(self.place)

    def __str__(self) -> str:
        return f"give up Secret {self.place}"


@dataclass(frozen=True)
class DeleteSecret:
    """Delete a Secret of ours that nothing owns."""

    place: Place
    uid: str

    @property
    def name(self) -> str:
        """The place of the Secret."""
        return str(self.place)

    def __str__(self) -> str:
        return f"delete Secret {self.place}"


SecretAction = ApplySecret | ReleaseSecret | DeleteSecret
