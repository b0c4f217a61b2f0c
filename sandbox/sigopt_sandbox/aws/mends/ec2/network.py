"""VPCs, subnets and internet gateways: what may be made, and what holds them."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.mends.ec2 import stores, zones
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.operations import Call, own

RESERVED_ADDRESSES = 5
"""Addresses of every subnet that AWS keeps (VPC user guide)."""


def install() -> None:
    """Put these in front of ministack's."""
    own("ec2", "CreateVpc", create_vpc)
    own("ec2", "DeleteVpc", delete_vpc)
    own("ec2", "CreateSubnet", create_subnet)
    own("ec2", "DeleteSubnet", delete_subnet)
    own("ec2", "DescribeSubnets", describe_subnets)
    own("ec2", "CreateInternetGateway", create_internet_gateway)
    own("ec2", "DeleteInternetGateway", delete_internet_gateway)
    own("ec2", "AttachInternetGateway", attach_internet_gateway)
    own("ec2", "DetachInternetGateway", detach_internet_gateway)


def create_vpc(call: Call) -> Mapping[str, Any]:
    """CreateVpc: a block between /16 and /28, within the quota."""
    cidr = call.params.get("CidrBlock", "")
    network = _network(cidr, "InvalidParameterValue", "cidrBlock")
    if not 16 <= network.prefixlen <= 28:
        raise AwsError("InvalidVpc.Range", f"The CIDR '{cidr}' is invalid.")
    text = "The maximum number of VPCs has been reached."
    limits.check("vpc", "L-F678F1CE", len(ec2._vpcs), "VpcLimitExceeded", text)
    return call.forward()


def _network(cidr: str, code: str, name: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(cidr)
    except ValueError as error:
        text = f"Value ({cidr}) for parameter {name} is invalid. This is not a valid CIDR block."
        raise AwsError(code, text) from error


def delete_vpc(call: Call) -> Mapping[str, Any]:
    """DeleteVpc: only an empty one; its default group, table and list go along."""
    vpc_id = call.params["VpcId"]
    vpc = stores.vpc(vpc_id)
    held = (
        any(n["VpcId"] == vpc_id for n in stores.live_nat_gateways())
        or any(i["VpcId"] == vpc_id for i in stores.interfaces())
        or any(
            table["VpcId"] == vpc_id and table_id != vpc.get("MainRouteTableId")
            for table_id, table in ec2._route_tables.items()
        )
    )
    if held:
        raise stores.dependency("vpc", vpc_id)
    answer = call.forward()
    ec2._tags.pop(vpc_id, None)
    return answer


def create_subnet(call: Call) -> Mapping[str, Any]:
    """CreateSubnet: in a zone of the region, inside the VPC's block, overlapping no other."""
    vpc = stores.vpc(call.params.get("VpcId", ""))
    zones.check(call.params.get("AvailabilityZone"), call.params.get("AvailabilityZoneId"))
    cidr = call.params.get("CidrBlock", "")
    network = _network(cidr, "InvalidParameterValue", "cidrBlock")
    whole = ipaddress.IPv4Network(vpc["CidrBlock"])
    if not network.subnet_of(whole) or not 16 <= network.prefixlen <= 28:
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
    siblings = [s for s in ec2._subnets.values() if s["VpcId"] == vpc["VpcId"]]
    if any(network.overlaps(ipaddress.IPv4Network(s["CidrBlock"])) for s in siblings):
        text = f"The CIDR '{cidr}' conflicts with another subnet"
        raise AwsError("InvalidSubnet.Conflict", text)
    answer = call.forward()
    free = network.num_addresses - RESERVED_ADDRESSES
    answer["Subnet"]["AvailableIpAddressCount"] = free
    return answer


def describe_subnets(call: Call) -> Mapping[str, Any]:
    """DescribeSubnets: with the free addresses counted, and every filter an operator uses."""
    params = {k: v for k, v in call.params.items() if k == "SubnetIds"}
    rows = call.forward(params)["Subnets"]
    fields = {
        "vpc-id": field("VpcId"),
        "subnet-id": field("SubnetId"),
        "availability-zone": field("AvailabilityZone"),
        "availability-zone-id": field("AvailabilityZoneId"),
        "cidr-block": field("CidrBlock"),
        "cidr": field("CidrBlock"),
        "cidrBlock": field("CidrBlock"),
        "state": field("State"),
        "owner-id": field("OwnerId"),
        "default-for-az": field("DefaultForAz"),
        "map-public-ip-on-launch": field("MapPublicIpOnLaunch"),
    }
    wanted = select(rows, call.params.get("Filters", []), fields)
    used = Counter(i["SubnetId"] for i in stores.interfaces())
    return {"Subnets": [_counted(row, used[row["SubnetId"]]) for row in wanted]}


def _counted(row: Mapping[str, Any], used: int) -> dict[str, Any]:
    size = ipaddress.IPv4Network(row["CidrBlock"]).num_addresses
    return {**row, "AvailableIpAddressCount": size - RESERVED_ADDRESSES - used}


def delete_subnet(call: Call) -> Mapping[str, Any]:
    """DeleteSubnet: only one without interfaces and NAT gateways."""
    subnet_id = call.params["SubnetId"]
    stores.subnet(subnet_id)
    if any(i["SubnetId"] == subnet_id for i in stores.interfaces()):
        raise stores.dependency("subnet", subnet_id)
    for table in ec2._route_tables.values():
        table["Associations"] = [a for a in table["Associations"] if a.get("SubnetId") != subnet_id]
    answer = call.forward()
    ec2._tags.pop(subnet_id, None)
    return answer


def create_internet_gateway(call: Call) -> Mapping[str, Any]:
    """CreateInternetGateway, within the quota."""
    text = "The maximum number of internet gateways has been reached."
    count = len(ec2._internet_gateways)
    limits.check("vpc", "L-A4707A72", count, "InternetGatewayLimitExceeded", text)
    return call.forward()


def delete_internet_gateway(call: Call) -> Mapping[str, Any]:
    """DeleteInternetGateway: only a detached one."""
    gateway_id = call.params["InternetGatewayId"]
    gateway = _gateway(gateway_id)
    if gateway["Attachments"]:
        raise stores.dependency("internetGateway", gateway_id)
    answer = call.forward()
    ec2._tags.pop(gateway_id, None)
    return answer


def _gateway(gateway_id: str) -> dict[str, Any]:
    code = "InvalidInternetGatewayID.NotFound"
    return stores.known(ec2._internet_gateways, gateway_id, code, "internetGateway ID")


def attach_internet_gateway(call: Call) -> Mapping[str, Any]:
    """AttachInternetGateway: one gateway a VPC, one VPC a gateway."""
    gateway_id, vpc_id = call.params["InternetGatewayId"], call.params["VpcId"]
    _gateway(gateway_id)
    stores.vpc(vpc_id)
    for other in ec2._internet_gateways.values():
        if any(a["VpcId"] == vpc_id for a in other["Attachments"]):
            text = f"Network {vpc_id} already has an internet gateway attached"
            raise AwsError("InvalidParameterValue", text)
    return call.forward()


def detach_internet_gateway(call: Call) -> Mapping[str, Any]:
    """DetachInternetGateway: not while public addresses are mapped in the VPC."""
    gateway_id, vpc_id = call.params["InternetGatewayId"], call.params["VpcId"]
    gateway = _gateway(gateway_id)
    if not any(a["VpcId"] == vpc_id for a in gateway["Attachments"]):
        text = f"resource {gateway_id} is not attached to network {vpc_id}"
        raise AwsError("Gateway.NotAttached", text)
    public = [n for n in stores.live_nat_gateways() if n["ConnectivityType"] == "public"]
    mapped = any(n["VpcId"] == vpc_id for n in public) or any(
        i["VpcId"] == vpc_id and i.get("PublicIp") for i in stores.interfaces()
    )
    if mapped:
        text = f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
        text += "address(es) before detaching the gateway."
        raise AwsError("DependencyViolation", text)
    return call.forward()
