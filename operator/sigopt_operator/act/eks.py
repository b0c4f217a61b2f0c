"""The control plane.

"In use" on a creation and "not found" on a deletion are success: the next look sees what is there,
and whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigopt_operator.act.cluster_settings import at_creation
from sigopt_operator.act.repeated import existing_is_fine, gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.plan.actions import (
    CreateCluster,
    DeleteCluster,
    UpdateClusterVersion,
)

if TYPE_CHECKING:
    from types_boto3_eks.type_defs import CreateClusterRequestTypeDef


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
