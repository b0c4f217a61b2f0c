"""The parts of a network and roles, made and removed as CloudFormation does: through their APIs.

ministack's own handlers write into the stores and check nothing; these meet the same refusals as
any other caller. Updates in place stay ministack's, but for what IAM judges in a role.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from sigopt_sandbox.aws.internal import AwsError, call

Properties = Mapping[str, Any]
Made = tuple[str, dict[str, Any]]
"""A physical id and the attributes that Fn::GetAtt reads."""

_NAMES = {"ec2": "Ec2", "iam": "Iam"}


class HandlerError(ValueError):
    """A refusal of the service behind a resource, in the words of the stack's events."""

    def __init__(self, service: str, error: AwsError) -> None:
        """Wrap what the service answered."""
        request = f"Request ID: {uuid.uuid4()}"
        kind = {"DependencyViolation": "InvalidRequest", "AuthFailure": "AccessDenied"}
        handler = kind.get(error.code, "GeneralServiceException")
        if "LimitExceeded" in error.code:
            handler = "ServiceLimitExceeded"
        super().__init__(
            f'Resource handler returned message: "{error.message} (Service: {_NAMES[service]}, '
            f'Status Code: {error.status}, {request})" (RequestToken: {uuid.uuid4()}, '
            f"HandlerErrorCode: {handler})"
        )
        self.code = error.code


def ec2(action: str, **params: Any) -> dict[str, Any]:
    """Call EC2 in the stack's account and region."""
    return _call("ec2", action, params)


def _call(service: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return call(service, action, params, account=get_account_id(), region=get_region())
    except AwsError as error:
        raise HandlerError(service, error) from error


def _gone(service: str, action: str, **params: Any) -> None:
    """Delete something; that it is gone already is success."""
    try:
        _call(service, action, params)
    except HandlerError as error:
        if "NotFound" not in error.code and error.code != "NoSuchEntity":
            raise


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
        _gone("ec2", f"RevokeSecurityGroup{direction}", GroupId=group, IpPermissions=rule)

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
        _gone("ec2", "ReleaseAddress", AllocationId=address["AllocationId"])


def _nat_gateway(_: str, properties: Properties, __: str) -> Made:
    wanted = ("SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress")
    given = {k: properties[k] for k in wanted if properties.get(k)}
    made = ec2("CreateNatGateway", **given, **_tags("natgateway", properties))["NatGateway"]
    return made["NatGatewayId"], {"NatGatewayId": made["NatGatewayId"]}


def _role(logical_id: str, properties: Properties, stack: str) -> Made:
    name = properties.get("RoleName") or provisioners._physical_name(stack, logical_id, max_len=64)
    kept = ("Path", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
    given = {k: properties[k] for k in kept if properties.get(k)}
    if "MaxSessionDuration" in given:
        given["MaxSessionDuration"] = int(given["MaxSessionDuration"])
    trust = _document(properties["AssumeRolePolicyDocument"])
    params = {"RoleName": name, "AssumeRolePolicyDocument": trust, **given}
    role = _call("iam", "CreateRole", params)["Role"]
    try:
        _attach(name, properties)
    except HandlerError:
        _remove_role(name, properties)
        raise
    return name, {"Arn": role["Arn"], "RoleId": role["RoleId"]}


def _attach(name: str, properties: Properties) -> None:
    for arn in properties.get("ManagedPolicyArns") or []:
        _call("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})
    for policy in properties.get("Policies") or []:
        document = _document(policy["PolicyDocument"])
        params = {"RoleName": name, "PolicyName": policy["PolicyName"], "PolicyDocument": document}
        _call("iam", "PutRolePolicy", params)


def _change_role(
    name: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None
) -> Made:
    """Change what IAM judges through its API; the rest, and replacements, are ministack's."""
    if name == (new.get("RoleName") or name):
        if old["AssumeRolePolicyDocument"] != new["AssumeRolePolicyDocument"]:
            document = _document(new["AssumeRolePolicyDocument"])
            params = {"RoleName": name, "PolicyDocument": document}
            _call("iam", "UpdateAssumeRolePolicy", params)
        for arn in new.get("ManagedPolicyArns") or []:
            _call("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})
    made: Made = provisioners._iam_role_update(name, old, new, stack, logical_id)
    return made


def _document(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _remove_role(name: str, properties: Properties) -> None:
    """Take off what the template put on, and only that: what others attached holds the role."""
    for arn in properties.get("ManagedPolicyArns") or []:
        _gone("iam", "DetachRolePolicy", RoleName=name, PolicyArn=arn)
    for policy in properties.get("Policies") or []:
        _gone("iam", "DeleteRolePolicy", RoleName=name, PolicyName=policy["PolicyName"])
    _gone("iam", "DeleteRole", RoleName=name)


def _detach(_: str, properties: Properties) -> None:
    if properties.get("InternetGatewayId"):
        gateway, vpc = properties["InternetGatewayId"], properties["VpcId"]
        _gone("ec2", "DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)


def _remove(action: str, parameter: str) -> Callable[[str, Properties], None]:
    return lambda physical_id, _: _gone("ec2", action, **{parameter: physical_id})


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
    "AWS::IAM::Role": {"create": _role, "update": _change_role, "delete": _remove_role},
}


def install() -> None:
    """Put these handlers in place of ministack's; most of its updates in place stay."""
    for resource_type, handlers in HANDLERS.items():
        provisioners._RESOURCE_HANDLERS.setdefault(resource_type, {}).update(handlers)
    for tagged in ("AWS::EC2::EIP", "AWS::EC2::NatGateway"):
        provisioners._STACK_TAG_PROPERTY[tagged] = ("Tags", "list")
