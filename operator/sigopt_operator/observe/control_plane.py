"""The control plane, as EKS describes it."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from sigopt_operator.aws.answers import asked_for, dated, said
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, is_code, message_of, translated
from sigopt_operator.plan.control_plane.setting import EVERYWHERE, EndpointAccess, logs_on
from sigopt_operator.plan.snapshot import Cluster

if TYPE_CHECKING:
    from types_boto3_eks.type_defs import ClusterTypeDef, VpcConfigResponseTypeDef

ANSWERING = ("ACTIVE", "UPDATING")
"""States of a cluster whose API server answers, so that EKS says where."""


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
        config = told["resourcesVpcConfig"]
        return Cluster(
            name=asked_for(told["name"], name),
            arn=told["arn"],
            status=said(told["status"]),
            created_at=dated(told["createdAt"]),
            version=told["version"],
            endpoint=_endpoint(told),
            certificate_authority=_authority(told),
            vpc_id=config.get("vpcId", ""),
            subnet_ids=tuple(config["subnetIds"]),
            authentication_mode=told.get("accessConfig", {}).get("authenticationMode", ""),
            endpoint_access=_endpoint_access(config),
            logging=_logging(told),
            kms_key_arn=_kms_key(told),
            deletion_protection=told.get("deletionProtection", False),
            # EKS leaves out no tags: without them the cluster would seem to be somebody else's.
            tags=told["tags"],
            health=tuple(f"{i.get('code')}: {i.get('message')}" for i in issues),
        )


def _endpoint_access(config: VpcConfigResponseTypeDef) -> EndpointAccess:
    public = config["endpointPublicAccess"]
    cidrs = tuple(sorted(config["publicAccessCidrs"] if public else ()))
    return EndpointAccess(
        public=public,
        private=config["endpointPrivateAccess"],
        public_cidrs=() if cidrs == (EVERYWHERE,) else cidrs,
    )


def _logging(told: ClusterTypeDef) -> tuple[str, ...]:
    setups = told["logging"]["clusterLogging"]
    return logs_on([{"enabled": each["enabled"], "types": each["types"]} for each in setups])


def _endpoint(told: ClusterTypeDef) -> str:
    """The URL of the API server, of a cluster that has one."""
    if told["status"] not in ANSWERING:
        return ""
    url = urlsplit(told["endpoint"])
    if url.scheme != "https" or not url.hostname:
        raise UnreadableError("the cluster's endpoint is no URL of https")
    return told["endpoint"]


def _authority(told: ClusterTypeDef) -> str:
    """By which the API server is known, in base64, of a cluster that has one."""
    if told["status"] not in ANSWERING:
        return ""
    data = told["certificateAuthority"]["data"]
    try:
        ssl.create_default_context(cadata=base64.b64decode(data, validate=True).decode())
    except (ValueError, ssl.SSLError):
        raise UnreadableError("the cluster's certificateAuthority is no PEM in base64") from None
    return data


def _kms_key(told: ClusterTypeDef) -> str | None:
    keys = (each.get("provider", {}).get("keyArn") for each in told.get("encryptionConfig") or [])
    return next((key for key in keys if key), None)
