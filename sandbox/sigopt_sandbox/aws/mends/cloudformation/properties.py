"""Which properties a resource type has: CloudFormation refuses others, and missing required ones.

From the resource and property reference of CloudFormation, for the types that this sandbox makes
itself; other types are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

REQUIRED: dict[str, frozenset[str]] = {
    "AWS::EC2::Subnet": frozenset({"VpcId"}),
    "AWS::EC2::VPCGatewayAttachment": frozenset({"VpcId"}),
    "AWS::EC2::RouteTable": frozenset({"VpcId"}),
    "AWS::EC2::Route": frozenset({"RouteTableId"}),
    "AWS::EC2::SubnetRouteTableAssociation": frozenset({"RouteTableId", "SubnetId"}),
    "AWS::EC2::SecurityGroup": frozenset({"GroupDescription"}),
    "AWS::EC2::SecurityGroupIngress": frozenset({"IpProtocol"}),
    "AWS::EC2::SecurityGroupEgress": frozenset({"IpProtocol", "GroupId"}),
    "AWS::IAM::Role": frozenset({"AssumeRolePolicyDocument"}),
    "AWS::IAM::Policy": frozenset({"PolicyDocument", "PolicyName"}),
    "AWS::IAM::ManagedPolicy": frozenset({"PolicyDocument"}),
    "AWS::IAM::InstanceProfile": frozenset({"Roles"}),
}

_RULE = "IpProtocol FromPort ToPort CidrIp CidrIpv6 Description GroupId"
KNOWN: dict[str, frozenset[str]] = {
    name: frozenset(properties.split())
    for name, properties in {
        "AWS::EC2::VPC": "CidrBlock EnableDnsHostnames EnableDnsSupport InstanceTenancy"
        " Ipv4IpamPoolId Ipv4NetmaskLength Tags",
        "AWS::EC2::Subnet": "VpcId CidrBlock AvailabilityZone AvailabilityZoneId"
        " AssignIpv6AddressOnCreation EnableDns64 EnableLniAtDeviceIndex Ipv4IpamPoolId"
        " Ipv4NetmaskLength Ipv6CidrBlock Ipv6IpamPoolId Ipv6Native Ipv6NetmaskLength"
        " MapPublicIpOnLaunch OutpostArn PrivateDnsNameOptionsOnLaunch Tags",
        "AWS::EC2::InternetGateway": "Tags",
        "AWS::EC2::VPCGatewayAttachment": "VpcId InternetGatewayId VpnGatewayId",
        "AWS::EC2::RouteTable": "VpcId Tags",
        "AWS::EC2::Route": "RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock"
        " DestinationPrefixListId CarrierGatewayId CoreNetworkArn EgressOnlyInternetGatewayId"
        " GatewayId InstanceId LocalGatewayId NatGatewayId NetworkInterfaceId TransitGatewayId"
        " VpcEndpointId VpcPeeringConnectionId",
        "AWS::EC2::SubnetRouteTableAssociation": "RouteTableId SubnetId",
        "AWS::EC2::SecurityGroup": "GroupDescription GroupName SecurityGroupEgress"
        " SecurityGroupIngress Tags VpcId",
        "AWS::EC2::SecurityGroupIngress": f"{_RULE} GroupName SourcePrefixListId"
        " SourceSecurityGroupId SourceSecurityGroupName SourceSecurityGroupOwnerId",
        "AWS::EC2::SecurityGroupEgress": f"{_RULE} DestinationPrefixListId"
        " DestinationSecurityGroupId",
        "AWS::EC2::EIP": "Address Domain InstanceId IpamPoolId NetworkBorderGroup PublicIpv4Pool"
        " Tags TransferAddress",
        "AWS::EC2::NatGateway": "AllocationId ConnectivityType MaxDrainDurationSeconds"
        " PrivateIpAddress SecondaryAllocationIds SecondaryPrivateIpAddressCount"
        " SecondaryPrivateIpAddresses SubnetId Tags VpcId AvailabilityMode"
        " AvailabilityZoneAddresses",
        "AWS::IAM::Role": "AssumeRolePolicyDocument Description ManagedPolicyArns"
        " MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags",
        "AWS::IAM::Policy": "Groups PolicyDocument PolicyName Roles Users",
        "AWS::IAM::ManagedPolicy": "Description Groups ManagedPolicyName Path PolicyDocument"
        " Roles Users",
        "AWS::IAM::InstanceProfile": "InstanceProfileName Path Roles",
    }.items()
}


def problem(logical_id: str, resource_type: str, properties: Mapping[str, object]) -> str | None:
    """What CloudFormation says about properties that the type does not have, or lacks."""
    known = KNOWN.get(resource_type)
    if known is None:
        return None
    extra = sorted(set(properties) - known)
    if extra:
        found = f"#: extraneous key [{extra[0]}] is not permitted"
    else:
        missing = sorted(REQUIRED.get(resource_type, frozenset()) - set(properties))
        if not missing:
            return None
        found = f"#: required key [{missing[0]}] not found"
    return f"Properties validation failed for resource {logical_id} with message:\n{found}"
