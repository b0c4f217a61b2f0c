"""The settings of a control plane: at its creation, and changed one kind at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import message_of
from sigopt_operator.plan.actions import CreateCluster, UpdateClusterSetting
from sigopt_operator.plan.control_plane.setting import (
    EVERYWHERE,
    DeletionProtection,
    EndpointAccess,
    Logging,
    SecretsEncryption,
)

if TYPE_CHECKING:
    from types_boto3_eks.literals import LogTypeType
    from types_boto3_eks.type_defs import (
        CreateClusterRequestTypeDef,
        EncryptionConfigTypeDef,
        LoggingUnionTypeDef,
        VpcConfigRequestTypeDef,
    )

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
UNCHANGED = (
    "Cluster is already at the desired configuration",
    "No changes needed for",
    "Encryption is already enabled",
)
"""How EKS refuses a change to what is so already."""
UNDER_WAY = "in progress"
"""How it refuses a second update: the next look sees what the first one did."""


@contextmanager
def asked_already_is_fine() -> Iterator[None]:
    """Take "it is so" and "it is being changed" for success: EKS runs one update at a time."""
    try:
        yield
    except ClientError as error:
        told = message_of(error)
        if not (any(text in told for text in UNCHANGED) or UNDER_WAY in told):
            raise


def update_cluster_setting(clients: Clients, action: UpdateClusterSetting) -> None:
    """Begin the change.

    Without a token of ours: the same repair may be due again later, and a token that EKS knows
    would only answer with the former update.
    """
    name, setting = action.name, action.setting
    with asked_already_is_fine():
        match setting:
            case EndpointAccess():
                config = endpoint_access(setting)
                clients.eks.update_cluster_config(name=name, resourcesVpcConfig=config)
            case Logging():
                clients.eks.update_cluster_config(name=name, logging=logging(setting.types))
            case DeletionProtection():
                clients.eks.update_cluster_config(name=name, deletionProtection=setting.on)
            case SecretsEncryption():
                clients.eks.associate_encryption_config(
                    clusterName=name, encryptionConfig=encryption(setting.kms_key_arn)
                )


def at_creation(request: CreateClusterRequestTypeDef, action: CreateCluster) -> None:
    """Put the wished settings into the request that makes the cluster."""
    vpc = request["resourcesVpcConfig"]
    request["resourcesVpcConfig"] = {**vpc, **endpoint_access(action.endpoint_access)}
    if action.logging:
        request["logging"] = logging(action.logging)
    if action.kms_key_arn:
        request["encryptionConfig"] = encryption(action.kms_key_arn)
    if action.deletion_protection:
        request["deletionProtection"] = True


def endpoint_access(wanted: EndpointAccess) -> VpcConfigRequestTypeDef:
    """Endpoint access as EKS wants it told."""
    config: VpcConfigRequestTypeDef = {
        "endpointPublicAccess": wanted.public,
        "endpointPrivateAccess": wanted.private,
    }
    if wanted.public:
        config["publicAccessCidrs"] = list(wanted.public_cidrs) or [EVERYWHERE]
    return config


def logging(on: tuple[str, ...]) -> LoggingUnionTypeDef:
    """All types, those that are not wanted as off."""
    kinds = cast("list[LogTypeType]", [kind for kind in LOG_TYPES if kind in on])
    others = cast("list[LogTypeType]", [kind for kind in LOG_TYPES if kind not in on])
    setups = [(kinds, True), (others, False)]
    return {"clusterLogging": [{"types": t, "enabled": e} for t, e in setups if t]}


def encryption(kms_key_arn: str) -> list[EncryptionConfigTypeDef]:
    """Encryption of Secrets, the only resources that EKS takes."""
    return [{"resources": ["secrets"], "provider": {"keyArn": kms_key_arn}}]
