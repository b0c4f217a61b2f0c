"""A taint of a node pool's nodes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Taint:
    """A taint in EKS's words (`NO_SCHEDULE`)."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.kubernetes_effect}"

    @property
    def kubernetes_effect(self) -> str:
        """The effect in Kubernetes' words (`NoSchedule`)."""
        return self.effect.title().replace("_", "")


def eks_effect(effect: str) -> str:
    """Kubernetes' word (`NoSchedule`) in EKS's (`NO_SCHEDULE`)."""
    return "".join(f"_{c}" if c.isupper() else c.upper() for c in effect).lstrip("_")
