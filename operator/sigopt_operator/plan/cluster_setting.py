"""The settings of a control plane that can be changed in place: EKS takes one kind a call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EndpointAccess:
    """From where the cluster's API server can be reached."""

    public: bool = True
    private: bool = True
    public_cidrs: tuple[str, ...] = ()
    """Sorted; empty: from everywhere."""

    def __str__(self) -> str:
        return "endpoint access"


ANYWHERE = EndpointAccess()
"""Where the spec says nothing."""


@dataclass(frozen=True)
class Logging:
    """Which of the control plane's logs go to CloudWatch Logs."""

    types: tuple[str, ...]
    """Sorted, in EKS's words; all others are off."""

    def __str__(self) -> str:
        return "logging"


@dataclass(frozen=True)
class SecretsEncryption:
    """Encryption of Kubernetes Secrets with a KMS key: can be switched on, and no more."""

    kms_key_arn: str

    def __str__(self) -> str:
        return "encryption of Secrets"


@dataclass(frozen=True)
class DeletionProtection:
    """Whether EKS refuses to delete the cluster."""

    on: bool

    def __str__(self) -> str:
        return "deletion protection"


ClusterSetting = EndpointAccess | Logging | SecretsEncryption | DeletionProtection
