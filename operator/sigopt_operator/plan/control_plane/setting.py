"""The settings of a control plane that can be changed in place: EKS takes one kind a call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class EndpointAccess:
    """From where the cluster's API server can be reached."""

    public: bool = True
    private: bool = True
    public_cidrs: tuple[str, ...] = ()
    """Sorted; empty: from everywhere."""
    update_type: ClassVar[str] = "EndpointAccessUpdate"
    """What EKS calls an update of it."""

    def asked_in(self, params: Mapping[str, str]) -> bool:
        """Whether an update with these params, as EKS tells them, asked for just this."""
        blocks = _read(params.get("PublicAccessCidrs"))
        same = not self.public or not isinstance(blocks, list)
        return (
            _same(params.get("EndpointPublicAccess"), self.public)
            and _same(params.get("EndpointPrivateAccess"), self.private)
            and (same or sorted(blocks) == sorted(self.public_cidrs or (EVERYWHERE,)))
        )

    def __str__(self) -> str:
        return "endpoint access"


ANYWHERE = EndpointAccess()
"""Where the spec says nothing."""


@dataclass(frozen=True)
class Logging:
    """Which of the control plane's logs go to CloudWatch Logs."""

    types: tuple[str, ...]
    """Sorted, in EKS's words; all others are off."""
    update_type: ClassVar[str] = "LoggingUpdate"

    def asked_in(self, params: Mapping[str, str]) -> bool:
        """Whether an update with these params, as EKS tells them, asked for just this."""
        match _read(params.get("ClusterLogging")):
            case {"clusterLogging": [*setups]}:
                return logs_on(setups) == self.types
            case _:
                return True

    def __str__(self) -> str:
        return "logging"


@dataclass(frozen=True)
class SecretsEncryption:
    """Encryption of Kubernetes Secrets with a KMS key: can be switched on, and no more."""

    kms_key_arn: str
    update_type: ClassVar[str] = "AssociateEncryptionConfig"

    def asked_in(self, params: Mapping[str, str]) -> bool:
        """Whether an update with these params, as EKS tells them, asked for just this."""
        return self.kms_key_arn in params.get("EncryptionConfig", self.kms_key_arn)

    def __str__(self) -> str:
        return "encryption of Secrets"


@dataclass(frozen=True)
class DeletionProtection:
    """Whether EKS refuses to delete the cluster."""

    on: bool
    update_type: ClassVar[str] = "DeletionProtectionUpdate"

    def asked_in(self, params: Mapping[str, str]) -> bool:
        """Whether an update with these params, as EKS tells them, asked for just this."""
        return _same(params.get("DeletionProtection"), self.on)

    def __str__(self) -> str:
        return "deletion protection"


ClusterSetting = EndpointAccess | Logging | SecretsEncryption | DeletionProtection


def logs_on(setups: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The logs that EKS's clusterLogging switches on, sorted."""
    on = {kind for setup in setups if setup.get("enabled") for kind in setup.get("types") or ()}
    return tuple(sorted(on))


def _read(text: str | None) -> Any:
    """What a param says, in JSON; None where there is none, or it is told in another form."""
    try:
        return json.loads(text or "null")
    except ValueError:
        return None


def _same(told: str | None, wanted: bool) -> bool:
    """EKS tells booleans as words; what it does not tell is taken for the same."""
    return told is None or told.lower() == str(wanted).lower()
