"""The control plane and the updates that EKS was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.control_plane.setting import ANYWHERE, EndpointAccess


@dataclass(frozen=True)
class Update:
    """One update that EKS was asked for, by whomever."""

    id: str
    kind: str
    """EKS's type, `VersionUpdate`."""
    status: str
    """InProgress, Successful, Failed or Cancelled."""
    created_at: datetime
    version: str = ""
    """The version that was asked for; empty where the update is of something else."""
    configuration: str = ""
    """An add-on's configurationValues as they were asked for."""
    errors: tuple[str, ...] = ()
    """EKS's own words."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """All that was asked for: EKS's params by their types."""

    @property
    def ended(self) -> bool:
        """Whether it is over; one of a status that is not known is taken to go on."""
        return self.status in ("Successful", "Failed", "Cancelled")


@dataclass(frozen=True)
class Cluster:
    """An EKS control plane."""

    name: str
    arn: str
    status: str
    created_at: datetime
    version: str = ""
    endpoint: str = ""
    certificate_authority: str = ""
    """Base64 of a PEM bundle; AWS may rotate it, so it is never kept."""
    vpc_id: str = ""
    subnet_ids: tuple[str, ...] = ()
    """Where the control plane has its network interfaces."""
    authentication_mode: str = ""
    """API, API_AND_CONFIG_MAP or CONFIG_MAP."""
    endpoint_access: EndpointAccess = ANYWHERE
    logging: tuple[str, ...] = ()
    """The logs that are on, sorted."""
    kms_key_arn: str | None = None
    """The key that encrypts Secrets; None: they are encrypted by EKS alone."""
    deletion_protection: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    health: tuple[str, ...] = ()
    """EKS's own health issues, in words."""
    last_update: Update | None = None
    """The newest update of its version; only read while one is due or under way."""
    setting_updates: Mapping[str, Update] = field(default_factory=dict)
    """The newest update of each kind, by EKS's type; only read while a setting is not as wished."""

    @property
    def api_server(self) -> ApiServer | None:
        """Where its own API answers; None until EKS says so."""
        if not self.endpoint or not self.certificate_authority:
            return None
        return ApiServer(self.name, self.endpoint, self.certificate_authority)
