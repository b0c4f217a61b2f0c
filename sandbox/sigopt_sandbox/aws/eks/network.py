"""The network as EKS checks, makes and removes it: subnets, security group, interfaces."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from sigopt_sandbox.aws.eks.cloud import AwsError, passed_through
from sigopt_sandbox.aws.eks.errors import invalid_parameter
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Scope

Subnet = dict[str, Any]

SECURITY_GROUP_DESCRIPTION = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
    "as well as any managed workloads."
)
# A cluster keeps two to four interfaces; two are the least (user guide, network requirements).
INTERFACES = 2


def subnets(eks: Eks, scope: Scope, ids: list[str]) -> list[Subnet]:
    """The subnets, in the order asked; EC2's own refusal is passed through, as EKS does."""
    if not eks.switches.network_checked:
        zones = [f"{scope.region}{letter}" for letter in "abc"]
        return [
            {"SubnetId": subnet, "VpcId": None, "AvailabilityZone": zones[n % len(zones)]}
            for n, subnet in enumerate(ids)
        ]
    try:
        found = eks.cloud.ec2(scope, "DescribeSubnets", SubnetIds=ids)["Subnets"]
    except AwsError as error:
        raise invalid_parameter(passed_through(error)) from error
    by_id = {subnet["SubnetId"]: subnet for subnet in found}
    return [by_id[subnet] for subnet in ids]


def cluster_subnets(eks: Eks, scope: Scope, ids: list[str]) -> list[Subnet]:
    """The subnets of a control plane: at least two zones, one network (texts seen by users)."""
    if not ids:
        raise invalid_parameter("Subnet Id is required")
    found = subnets(eks, scope, list(dict.fromkeys(ids)))
    if len({subnet["AvailabilityZone"] for subnet in found}) < 2:
        raise invalid_parameter("Subnets specified must be in at least two different AZs")
    if len({subnet["VpcId"] for subnet in found}) > 1:
        # Verbatim not found.
        raise invalid_parameter("Subnets specified must be in the same VPC")
    return found


def check_security_groups(eks: Eks, scope: Scope, ids: Iterable[str]) -> None:
    """Security groups named by a request exist; EC2's refusal is passed through."""
    wanted = list(ids)
    if not wanted or not eks.switches.network_checked:
        return
    try:
        eks.cloud.ec2(scope, "DescribeSecurityGroups", GroupIds=wanted)
    except AwsError as error:
        raise invalid_parameter(passed_through(error)) from error


def make_security_group(eks: Eks, cluster: Cluster) -> None:
    """Make `eks-cluster-sg-<cluster>-<n>`, open within itself, as every cluster has one."""
    name = f"eks-cluster-sg-{cluster.name}-{secrets.randbelow(10**9):09d}"
    if not eks.switches.network_checked:
        cluster.security_group = f"sg-{secrets.token_hex(9)[:17]}"
        return
    tags = {
        "Name": name,
        "aws:eks:cluster-name": cluster.name,
        f"kubernetes.io/cluster/{cluster.name}": "owned",
    }
    scope = cluster.scope
    answer = eks.cloud.ec2(
        scope,
        "CreateSecurityGroup",
        GroupName=name,
        Description=SECURITY_GROUP_DESCRIPTION,
        VpcId=cluster.doc["resourcesVpcConfig"]["vpcId"],
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tag_list(tags)}],
    )
    cluster.security_group = str(answer["GroupId"])
    within = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": cluster.security_group}]}
    eks.cloud.ec2(
        scope,
        "AuthorizeSecurityGroupIngress",
        GroupId=cluster.security_group,
        IpPermissions=[within],
    )


def make_interfaces(eks: Eks, cluster: Cluster) -> None:
    """Make the control plane's network interfaces, in subnets of different zones first."""
    if not eks.switches.network_checked:
        return
    config = cluster.doc["resourcesVpcConfig"]
    found = subnets(eks, cluster.scope, list(config["subnetIds"]))
    for subnet in _spread(found)[:INTERFACES]:
        answer = eks.cloud.ec2(
            cluster.scope,
            "CreateNetworkInterface",
            SubnetId=subnet["SubnetId"],
            Description=f"Amazon EKS {cluster.name}",
            Groups=[cluster.security_group, *config["securityGroupIds"]],
        )
        interface = str(answer["NetworkInterface"]["NetworkInterfaceId"])
        cluster.network_interfaces.append(interface)


def _spread(found: list[Subnet]) -> list[Subnet]:
    seen: set[str] = set()
    first: list[Subnet] = []
    rest: list[Subnet] = []
    for subnet in found:
        (rest if subnet["AvailabilityZone"] in seen else first).append(subnet)
        seen.add(subnet["AvailabilityZone"])
    return first + rest


def remove_interfaces(eks: Eks, cluster: Cluster) -> None:
    """Remove the control plane's interfaces; what somebody else removed already is fine."""
    for interface in cluster.network_interfaces:
        _ignoring(
            {"InvalidNetworkInterfaceID.NotFound"},
            eks,
            cluster.scope,
            "DeleteNetworkInterface",
            NetworkInterfaceId=interface,
        )
    cluster.network_interfaces.clear()


def remove_security_group(eks: Eks, cluster: Cluster) -> None:
    """Remove the cluster's group; one still in use is left behind, as EKS leaves it."""
    if not cluster.security_group or not eks.switches.network_checked:
        return
    _ignoring(
        {"InvalidGroup.NotFound", "DependencyViolation"},
        eks,
        cluster.scope,
        "DeleteSecurityGroup",
        GroupId=cluster.security_group,
    )


def _ignoring(codes: set[str], eks: Eks, scope: Scope, action: str, **params: Any) -> None:
    try:
        eks.cloud.ec2(scope, action, **params)
    except AwsError as error:
        if error.code not in codes:
            raise


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as EC2 takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def public_without_addresses(eks: Eks, scope: Scope, ids: list[str]) -> list[str]:
    """Those subnets that route to an internet gateway and assign no public addresses."""
    if not eks.switches.network_checked:
        return []
    found = [s for s in subnets(eks, scope, ids) if not s.get("MapPublicIpOnLaunch")]
    if not found:
        return []
    vpc = [{"Name": "vpc-id", "Values": [found[0]["VpcId"]]}]
    tables = eks.cloud.ec2(scope, "DescribeRouteTables", Filters=vpc)["RouteTables"]
    return [s["SubnetId"] for s in found if _is_public(_table_of(tables, s["SubnetId"]))]


def _table_of(tables: list[dict[str, Any]], subnet: str) -> dict[str, Any]:
    main: dict[str, Any] = {}
    for table in tables:
        for association in table.get("Associations", []):
            if association.get("SubnetId") == subnet:
                return table
            if association.get("Main"):
                main = table
    return main


def _is_public(table: dict[str, Any]) -> bool:
    return any(str(r.get("GatewayId", "")).startswith("igw-") for r in table.get("Routes", []))
