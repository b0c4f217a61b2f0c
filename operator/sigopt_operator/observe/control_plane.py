"""The control plane, as EKS describes it."""

from __future__ import annotations

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code, message_of, translated
from sigopt_operator.plan.snapshot import Cluster


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
            authentication_mode=told.get("accessConfig", {}).get("authenticationMode", ""),
            tags=told.get("tags") or {},
            health=tuple(f"{i.get('code')}: {i.get('message')}" for i in issues),
        )
