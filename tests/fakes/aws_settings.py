"""The settings of the fake AWS's control plane, each changed by an update of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]


class Settings:
    """UpdateClusterConfig and AssociateEncryptionConfig."""

    _aws: FakeAws

    def update_cluster_config(self, name: str, **change: Any) -> None:
        cluster = self._aws.clusters[name]
        ((member, value),) = change.items()
        kind, params = _told(member, value)
        if isinstance(value, dict):
            value = {**cluster.get(member, {}), **value}
        cluster["status"] = "UPDATING"
        self._aws.begin("", kind, params, lambda: cluster.update({member: value}))

    def associate_encryption_config(self, clusterName: str, encryptionConfig: list[Answer]) -> None:  # noqa: N803
        """The status does not show it."""
        cluster = self._aws.clusters[clusterName]
        params = {"EncryptionConfig": json.dumps(encryptionConfig)}
        change = {"encryptionConfig": encryptionConfig}
        self._aws.begin("", "AssociateEncryptionConfig", params, lambda: cluster.update(change))


def _told(member: str, value: Any) -> tuple[str, dict[str, str]]:
    """EKS's type of the update, and what it tells of what was asked."""
    match member:
        case "resourcesVpcConfig":
            told = {key[0].upper() + key[1:]: json.dumps(each) for key, each in value.items()}
            return "EndpointAccessUpdate", told
        case "logging":
            return "LoggingUpdate", {"ClusterLogging": json.dumps(value)}
        case _:
            return "DeletionProtectionUpdate", {"DeletionProtection": json.dumps(value)}
