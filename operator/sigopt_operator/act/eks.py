"""The control plane.

"In use" on a creation and "not found" on a deletion are success: the next look sees what is there,
and whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sigopt_operator.act.cluster_settings import at_creation
from sigopt_operator.act.repeated import existing_is_fine, gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code
from sigopt_operator.plan.actions import CreateCluster, DeleteCluster, UpdateClusterVersion
from sigopt_operator.plan.network.subnets import LEAST_ZONES

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
        try:
            clients.eks.create_cluster(**request)
        except ClientError as error:
            roomy = _where_there_is_room(error, action)
            if len({action.zones[subnet] for subnet in roomy}) < LEAST_ZONES:
                raise
            request["resourcesVpcConfig"]["subnetIds"] = roomy
            request["clientRequestToken"] = f"{action.token}-fewer"
            clients.eks.create_cluster(**request)


def _where_there_is_room(error: ClientError, action: CreateCluster) -> list[str]:
    """The subnets in zones that EKS names when it has no room for a control plane in another.

    Node groups need not be in the control plane's own subnets (EKS User Guide, "network
    requirements"), so that nothing is lost by leaving one out.
    """
    if not is_code(error, "UnsupportedAvailabilityZoneException"):
        return []
    told: Any = error.response  # with the members that the exception has in EKS's model
    valid = frozenset(told.get("validZones") or ())
    return [subnet for subnet in action.subnet_ids if action.zones.get(subnet) in valid]


def update_cluster_version(clients: Clients, action: UpdateClusterVersion) -> None:
    """Begin the upgrade by one minor version; EKS's own checks stay in force."""
    clients.eks.update_cluster_version(
        name=action.name, version=action.version, clientRequestToken=action.token
    )


def delete_cluster(clients: Clients, action: DeleteCluster) -> None:
    """Begin the deletion."""
    with gone_is_fine():
        clients.eks.delete_cluster(name=action.name)
