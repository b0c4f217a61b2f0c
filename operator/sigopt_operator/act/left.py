"""What workloads made in AWS, and what stayed behind in a network, taken away.

"Not found" is success everywhere: the next look says whether it is really gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubernetes.client.exceptions import ApiException

from sigopt_operator.act.repeated import gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.cluster.api import Open, ask
from sigopt_operator.cluster.errors import cluster_answers
from sigopt_operator.cluster.kinds import path
from sigopt_operator.plan.actions import (
    DeleteInterface,
    DeleteLoadBalancer,
    DeleteObject,
    DeleteSecurityGroup,
    DeleteTargetGroup,
    DeleteVolume,
)
from sigopt_operator.plan.workload.components.objects import ObjectId

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import IpPermissionOutputTypeDef, IpPermissionUnionTypeDef


def delete_object(open_api: Open, action: DeleteObject) -> None:
    """Ask the cluster's API to delete it; its controller's finalizer holds it until AWS is tidy."""
    with (
        cluster_answers(str(action), "or delete it yourself"),
        open_api(action.server) as api,
    ):
        try:
            ask(api, "DELETE", path(ObjectId(action.kind, action.namespace, action.name)))
        except ApiException as error:
            if error.status != 404:
                raise


def delete_load_balancer(clients: Clients, action: DeleteLoadBalancer) -> None:
    """Delete it with its listeners; Elastic Load Balancing answers so too if there is none."""
    if not action.arn:
        clients.elb.delete_load_balancer(LoadBalancerName=action.name)
        return
    with gone_is_fine("LoadBalancerNotFound"):
        clients.elbv2.delete_load_balancer(LoadBalancerArn=action.arn)


def delete_target_group(clients: Clients, action: DeleteTargetGroup) -> None:
    """Delete it; one that a listener still names is refused."""
    with gone_is_fine("TargetGroupNotFound"):
        clients.elbv2.delete_target_group(TargetGroupArn=action.arn)


def delete_volume(clients: Clients, action: DeleteVolume) -> None:
    """Delete it; one that is attached is refused."""
    with gone_is_fine("InvalidVolume.NotFound"):
        clients.ec2.delete_volume(VolumeId=action.name)


def delete_interface(clients: Clients, action: DeleteInterface) -> None:
    """Delete it; one that is attached is refused."""
    with gone_is_fine("InvalidNetworkInterfaceID.NotFound"):
        clients.ec2.delete_network_interface(NetworkInterfaceId=action.id)


def delete_security_group(clients: Clients, action: DeleteSecurityGroup) -> None:
    """Revoke the rules of its fellows that name it, and delete it."""
    if action.named_by:
        _revoke(clients, action.id, action.named_by)
    with gone_is_fine("InvalidGroup.NotFound"):
        clients.ec2.delete_security_group(GroupId=action.id)


def _revoke(clients: Clients, group: str, named_by: Sequence[str]) -> None:
    with gone_is_fine("InvalidGroup.NotFound", "InvalidPermission.NotFound"):
        told = clients.ec2.describe_security_groups(GroupIds=list(named_by))["SecurityGroups"]
        for other in told:
            into = _naming(other.get("IpPermissions", []), group)
            out = _naming(other.get("IpPermissionsEgress", []), group)
            if into:
                clients.ec2.revoke_security_group_ingress(
                    GroupId=other["GroupId"], IpPermissions=into
                )
            if out:
                clients.ec2.revoke_security_group_egress(
                    GroupId=other["GroupId"], IpPermissions=out
                )


def _naming(
    rules: Sequence[IpPermissionOutputTypeDef], group: str
) -> list[IpPermissionUnionTypeDef]:
    """The parts of rules that name a group, as Revoke takes them."""
    found: list[IpPermissionUnionTypeDef] = []
    for rule in rules:
        pairs = [pair for pair in rule.get("UserIdGroupPairs", []) if pair.get("GroupId") == group]
        if pairs:
            part: IpPermissionUnionTypeDef = {
                "IpProtocol": rule["IpProtocol"],
                "UserIdGroupPairs": pairs,
            }
            for port in ("FromPort", "ToPort"):
                if port in rule:
                    part[port] = rule[port]
            found.append(part)
    return found
