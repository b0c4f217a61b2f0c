"""The parts of a network and roles, made and removed as CloudFormation does: through their APIs.

ministack's own handlers write into the stores and check nothing; these meet the same refusals as
any other caller. Updates in place stay ministack's, but for what IAM judges in a role.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from sigopt_sandbox.aws.internal import AwsError
from sigopt_sandbox.aws.mends.cloudformation import role
from sigopt_sandbox.aws.mends.cloudformation.services import (
    HandlerError,
    Made,
    Properties,
    ec2,
    gone,
)


def _tags(kind: str, properties: Properties) -> dict[str, Any]:
    tags = properties.get("Tags") or []
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _vpc(_: str, properties: Properties, __: str) -> Made:
    if not properties.get("CidrBlock"):
        text = "Either CIDR Block or IPv4 IPAM Pool and IPv4 Netmask Length must be provided"
        raise HandlerError("ec2", AwsError("InvalidRequest", text))
    cidr = properties["CidrBlock"]
    made = ec2("CreateVpc", CidrBlock=cidr, **_tags("vpc", properties))["Vpc"]
    vpc = made["VpcId"]
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        if name in properties:
            ec2("ModifyVpcAttribute", VpcId=vpc, **{name: {"Value": _flag(properties[name])}})
    groups = ec2("DescribeSecurityGroups", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    default = next((g["GroupId"] for g in groups["SecurityGroups"]), "")
    return vpc, {"VpcId": vpc, "CidrBlock": cidr, "DefaultSecurityGroup": default}


def _subnet(_: str, properties: Properties, __: str) -> Made:
    given = {
        k: properties[k]
        for k in ("VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId")
        if properties.get(k)
    }
    made = ec2("CreateSubnet", **given, **_tags("subnet", properties))["Subnet"]
    subnet = made["SubnetId"]
    if _flag(properties.get("MapPublicIpOnLaunch")):
        ec2("ModifySubnetAttribute", SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    return subnet, {
        "SubnetId": subnet,
        "AvailabilityZone": made["AvailabilityZone"],
        "AvailabilityZoneId": made.get("AvailabilityZoneId", ""),
        "VpcId": made["VpcId"],
        "CidrBlock": made["CidrBlock"],
    }


def _internet_gateway(_: str, properties: Properties, __: str) -> Made:
    made = ec2("CreateInternetGateway", **_tags("internet-gateway", properties))
    gateway = made["InternetGateway"]["InternetGatewayId"]
    return gateway, {"InternetGatewayId": gateway}


def _attachment(_: str, properties: Properties, __: str) -> Made:
    vpc = properties["VpcId"]
    if properties.get("InternetGatewayId"):
        gateway = properties["InternetGatewayId"]
        ec2("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    return f"IGW|{vpc}", {}


def _route_table(_: str, properties: Properties, __: str) -> Made:
    made = ec2("CreateRouteTable", VpcId=properties["VpcId"], **_tags("route-table", properties))
    table = made["RouteTable"]["RouteTableId"]
    return table, {"RouteTableId": table}


def _route(_: str, properties: Properties, __: str) -> Made:
    ec2("CreateRoute", **properties)
    destination = properties.get("DestinationCidrBlock") or properties.get(
        "DestinationIpv6CidrBlock", ""
    )
    return f"{properties['RouteTableId']}|{destination}", {"CidrBlock": destination}


def _association(_: str, properties: Properties, __: str) -> Made:
    made = ec2(
        "AssociateRouteTable",
        RouteTableId=properties["RouteTableId"],
        SubnetId=properties["SubnetId"],
    )
    return made["AssociationId"], {"Id": made["AssociationId"]}


def _security_group(logical_id: str, properties: Properties, stack: str) -> Made:
    name = properties.get("GroupName") or f"{stack}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    made = ec2(
        "CreateSecurityGroup",
        GroupName=name,
        Description=properties["GroupDescription"],
        **({"VpcId": properties["VpcId"]} if properties.get("VpcId") else {}),
        **_tags("security-group", properties),
    )
    group = made["GroupId"]
    ingress = provisioners._ec2_sg_permissions(properties.get("SecurityGroupIngress"))
    if ingress:
        ec2("AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=ingress)
    if properties.get("SecurityGroupEgress"):
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        egress = provisioners._ec2_sg_permissions(properties["SecurityGroupEgress"])
        ec2("RevokeSecurityGroupEgress", GroupId=group, IpPermissions=everything)
        ec2("AuthorizeSecurityGroupEgress", GroupId=group, IpPermissions=egress)
    return group, {"GroupId": group, "Id": group, "VpcId": properties.get("VpcId", "")}


def _rule(direction: str) -> Callable[[str, Properties, str], Made]:
    def make(_: str, properties: Properties, __: str) -> Made:
        rule = provisioners._ec2_sg_permissions([properties])
        group = properties["GroupId"]
        ec2(f"AuthorizeSecurityGroup{direction}", GroupId=group, IpPermissions=rule)
        rule_id = f"sgr-{uuid.uuid4().hex[:17]}"
        return rule_id, {"Id": rule_id}

    return make


def _no_rule(direction: str) -> Callable[[str, Properties], None]:
    def remove(_: str, properties: Properties) -> None:
        rule, group = provisioners._ec2_sg_permissions([properties]), properties["GroupId"]
        gone("ec2", f"RevokeSecurityGroup{direction}", GroupId=group, IpPermissions=rule)

    return remove


def _address(_: str, properties: Properties, __: str) -> Made:
    made = ec2("AllocateAddress", Domain="vpc", **_tags("elastic-ip", properties))
    return made["PublicIp"], {
        "AllocationId": made["AllocationId"],
        "PublicIp": made["PublicIp"],
    }


def _no_address(public_ip: str, _: Properties) -> None:
    found = ec2("DescribeAddresses", Filters=[{"Name": "public-ip", "Values": [public_ip]}])
    for address in found["Addresses"]:
        gone("ec2", "ReleaseAddress", AllocationId=address["AllocationId"])


def _nat_gateway(_: str, properties: Properties, __: str) -> Made:
    wanted = ("SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress")
    given = {k: properties[k] for k in wanted if properties.get(k)}
    made = ec2("CreateNatGateway", **given, **_tags("natgateway", properties))["NatGateway"]
    return made["NatGatewayId"], {"NatGatewayId": made["NatGatewayId"]}


def _detach(_: str, properties: Properties) -> None:
    if properties.get("InternetGatewayId"):
        gateway, vpc = properties["InternetGatewayId"], properties["VpcId"]
        gone("ec2", "DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)


def _remove(action: str, parameter: str) -> Callable[[str, Properties], None]:
    return lambda physical_id, _: gone("ec2", action, **{parameter: physical_id})


HANDLERS: dict[str, dict[str, Any]] = {
    "AWS::EC2::VPC": {"create": _vpc, "delete": _remove("DeleteVpc", "VpcId")},
    "AWS::EC2::Subnet": {"create": _subnet, "delete": _remove("DeleteSubnet", "SubnetId")},
    "AWS::EC2::InternetGateway": {
        "create": _internet_gateway,
        "delete": _remove("DeleteInternetGateway", "InternetGatewayId"),
    },
    "AWS::EC2::VPCGatewayAttachment": {"create": _attachment, "delete": _detach},
    "AWS::EC2::RouteTable": {
        "create": _route_table,
        "delete": _remove("DeleteRouteTable", "RouteTableId"),
    },
    "AWS::EC2::Route": {"create": _route},
    "AWS::EC2::SubnetRouteTableAssociation": {
        "create": _association,
        "delete": _remove("DisassociateRouteTable", "AssociationId"),
    },
    "AWS::EC2::SecurityGroup": {
        "create": _security_group,
        "delete": _remove("DeleteSecurityGroup", "GroupId"),
    },
    "AWS::EC2::SecurityGroupIngress": {"create": _rule("Ingress"), "delete": _no_rule("Ingress")},
    "AWS::EC2::SecurityGroupEgress": {"create": _rule("Egress"), "delete": _no_rule("Egress")},
    "AWS::EC2::EIP": {"create": _address, "delete": _no_address},
    "AWS::EC2::NatGateway": {
        "create": _nat_gateway,
        "delete": _remove("DeleteNatGateway", "NatGatewayId"),
    },
    "AWS::IAM::Role": {"create": role.create, "update": role.change, "delete": role.remove},
}


def install() -> None:
    """Put these handlers in place of ministack's; most of its updates in place stay."""
    for resource_type, handlers in HANDLERS.items():
        provisioners._RESOURCE_HANDLERS.setdefault(resource_type, {}).update(handlers)
    for tagged in ("AWS::EC2::EIP", "AWS::EC2::NatGateway"):
        provisioners._STACK_TAG_PROPERTY[tagged] = ("Tags", "list")
