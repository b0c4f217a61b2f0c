"""The control plane and its access entries.

"In use" on a creation and "not found" on a deletion are success: the next look sees what is there,
and whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.act.cluster_settings import at_creation
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code, message_of
from sigopt_operator.plan.actions import (
    CreateCluster,
    DeleteCluster,
    GrantAccess,
    UpdateClusterVersion,
)

if TYPE_CHECKING:
    from types_boto3_eks.type_defs import CreateClusterRequestTypeDef

EXISTS = ("already exists", "already in use")
"""How EKS says so; the same code also says that something else is going on."""


@contextmanager
def existing_is_fine() -> Iterator[None]:
    """Take "it is there already" for success."""
    try:
        yield
    except ClientError as error:
        told = message_of(error)
        there = is_code(error, "ResourceInUseException") and any(text in told for text in EXISTS)
        if not there:
            raise


@contextmanager
def gone_is_fine() -> Iterator[None]:
    """Take "there is no such thing" for success."""
    try:
        yield
    except ClientError as error:
        if not is_code(error, "ResourceNotFoundException"):
            raise


def create_cluster(clients: Clients, action: CreateCluster) -> None:
    """Begin the control plane: access entries only, and no add-ons beside the managed ones."""
    request: CreateClusterRequestTypeDef = {
        "name": action.name,
        "roleArn": action.role_arn,
        "resourcesVpcConfig": {"subnetIds": list(action.subnet_ids)},
        "accessConfig": {
            "authenticationMode": "API",
            # The operator's entry is made like all others, so that it can be mended like them.
            "bootstrapClusterCreatorAdminPermissions": False,
        },
        "bootstrapSelfManagedAddons": False,
        "tags": dict(action.tags),
        "clientRequestToken": action.token,
    }
    at_creation(request, action)
    if action.version:
        request["version"] = action.version
    with existing_is_fine():
        clients.eks.create_cluster(**request)


def update_cluster_version(clients: Clients, action: UpdateClusterVersion) -> None:
    """Begin the upgrade by one minor version; EKS's own checks stay in force."""
    clients.eks.update_cluster_version(
        name=action.name, version=action.version, clientRequestToken=action.token
    )


def delete_cluster(clients: Clients, action: DeleteCluster) -> None:
    """Begin the deletion."""
    with gone_is_fine():
        clients.eks.delete_cluster(name=action.name)


def grant_access(clients: Clients, action: GrantAccess) -> None:
    """Make the entry where it is missing, and associate the policy, which may be repeated."""
    with existing_is_fine():
        clients.eks.create_access_entry(
            clusterName=action.cluster,
            principalArn=action.principal_arn,
            tags=dict(action.tags),
            clientRequestToken=action.token,
        )
    clients.eks.associate_access_policy(
        clusterName=action.cluster,
        principalArn=action.principal_arn,
        policyArn=f"arn:aws:eks::aws:cluster-access-policy/{action.policy}",
        accessScope={"type": "cluster"},
    )
