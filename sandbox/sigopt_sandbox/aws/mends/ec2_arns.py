"""The ARN that an EC2 request is judged on: the resource it changes, or the kind it makes."""

from __future__ import annotations

from collections.abc import Mapping

KINDS = {
    # what an action's name ends with: kind in the ARN, parameter with the id
    "Vpc": ("vpc", "VpcId"),
    "VpcAttribute": ("vpc", "VpcId"),
    "Subnet": ("subnet", "SubnetId"),
    "SubnetAttribute": ("subnet", "SubnetId"),
    "SecurityGroup": ("security-group", "GroupId"),
    "SecurityGroupIngress": ("security-group", "GroupId"),
    "SecurityGroupEgress": ("security-group", "GroupId"),
    "InternetGateway": ("internet-gateway", "InternetGatewayId"),
    "NatGateway": ("natgateway", "NatGatewayId"),
    "RouteTable": ("route-table", "RouteTableId"),
    "RouteTableAssociation": ("route-table", "RouteTableId"),
    "Route": ("route-table", "RouteTableId"),
    "Address": ("elastic-ip", "AllocationId"),
    "LaunchTemplate": ("launch-template", "LaunchTemplateId"),
    "LaunchTemplateVersion": ("launch-template", "LaunchTemplateId"),
    "LaunchTemplateVersions": ("launch-template", "LaunchTemplateId"),
    "NetworkInterface": ("network-interface", "NetworkInterfaceId"),
    "Instances": ("instance", "InstanceId.1"),
    "Volume": ("volume", "VolumeId"),
}
MAKING = ("Create", "Allocate", "Run")
OF_EXISTING = ("CreateRoute", "CreateLaunchTemplateVersion")
"""Actions that make a part of something that exists, and are judged on that."""

_PREFIXES = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "rtb": "route-table",
    "eipalloc": "elastic-ip",
    "lt": "launch-template",
    "eni": "network-interface",
    "i": "instance",
    "vol": "volume",
}
_VERBS = (
    *("Create", "Delete", "Modify", "Attach", "Detach", "Authorize", "Revoke", "Associate"),
    *("Disassociate", "Allocate", "Release", "Run", "Terminate", "Start", "Stop", "Replace"),
)


def resource_arn(flat: Mapping[str, str], region: str, account: str) -> str:
    """The ARN for a request's parameters; `*` for reads and for kinds not listed."""
    action = flat.get("Action", "")
    verb = next((v for v in _VERBS if action.startswith(v)), "")
    begin = f"arn:aws:ec2:{region}:{account}:"
    if action in ("CreateTags", "DeleteTags"):
        resource = flat.get("ResourceId.1", "")
        kind = _PREFIXES.get(resource.partition("-")[0])
        return f"{begin}{kind}/{resource}" if kind else "*"
    if not verb or action.removeprefix(verb) not in KINDS:
        return "*"
    kind, parameter = KINDS[action.removeprefix(verb)]
    if verb in MAKING and action not in OF_EXISTING:
        return f"{begin}{kind}/*"
    return f"{begin}{kind}/{flat.get(parameter, '*')}"
