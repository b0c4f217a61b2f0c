"""The control plane, as EKS describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code, message_of, translated
from sigopt_operator.plan.cluster_setting import EVERYWHERE, EndpointAccess, logs_on
from sigopt_operator.plan.snapshot import Cluster

if TYPE_CHECKING:
    from types_boto3_eks.type_defs import ClusterTypeDef, VpcConfigResponseTypeDef


def read_cluster(clients: Clients, name: str) -> Cluster | None:
    """The cluster; None where EKS says that there is none.

    Rarely EKS says so with ClientException instead of ResourceNotFoundException.
    """
    with translated():
        try:
            told = clients.eks.describe_cluster(name=name)["cluster"]
        except ClientError as error:
            absent = "No cluster found for name" in message_of(error)
            if is_code(error, "ResourceNotFoundException") or absent:
                return None
            raise
        issues = told.get("health", {}).get("issues", [])
        return Cluster(
            name=told["name"],
            arn=told["arn"],
            status=told["status"],
            created_at=told["createdAt"],
            version=told.get("version", ""),
            endpoint=told.get("endpoint") or "",
            certificate_authority=(told.get("certificateAuthority") or {}).get("data") or "",
            vpc_id=told.get("resourcesVpcConfig", {}).get("vpcId", ""),
            subnet_ids=tuple(told.get("resourcesVpcConfig", {}).get("subnetIds", ())),
            authentication_mode=told.get("accessConfig", {}).get("authenticationMode", ""),
            endpoint_access=_endpoint_access(told.get("resourcesVpcConfig", {})),
            logging=_logging(told),
            kms_key_arn=_kms_key(told),
            deletion_protection=told.get("deletionProtection", False),
            tags=told.get("tags") or {},
            health=tuple(f"{i.get('code')}: {i.get('message')}" for i in issues),
        )


def _endpoint_access(config: VpcConfigResponseTypeDef) -> EndpointAccess:
    cidrs = tuple(sorted(config.get("publicAccessCidrs") or ()))
    return EndpointAccess(
        public=config.get("endpointPublicAccess", True),
        private=config.get("endpointPrivateAccess", True),
        public_cidrs=() if cidrs == (EVERYWHERE,) else cidrs,
    )


def _logging(told: ClusterTypeDef) -> tuple[str, ...]:
    return logs_on(told.get("logging", {}).get("clusterLogging") or [])


def _kms_key(told: ClusterTypeDef) -> str | None:
    keys = (each.get("provider", {}).get("keyArn") for each in told.get("encryptionConfig") or [])
    return next((key for key in keys if key), None)
