"""The CloudFormation template of one cluster's network and roles.

Rendered from a NetworkDesign, so that the same design always gives the same template: but for the
trust of the access role, which only IAM keeps.
Logical ids are stable: subnets are numbered by their zone's place in the design, which never moves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sigopt_operator.plan.network.design import (
    ACCESS_ROLE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    PRIVATE_ROUTES,
    PUBLIC_ROUTES,
    VPC,
    NetworkDesign,
    private_subnet,
    public_subnet,
)
from sigopt_operator.plan.network.roles import RoleDesign, roles_of

Resource = dict[str, Any]


def render(design: NetworkDesign, trust: Mapping[str, Any] | None = None) -> str:
    """The template's body as JSON; far below CloudFormation's 51,200 bytes.

    With `trust` the access role has that trust policy in place of the one it is made with.
    """
    resources = _roles(design)
    if trust is not None:
        resources[ACCESS_ROLE]["Properties"]["AssumeRolePolicyDocument"] = dict(trust)
    outputs: Resource = {"AccessRoleArn": {"Value": {"Fn::GetAtt": [ACCESS_ROLE, "Arn"]}}}
    if not design.roles_alone:
        resources |= _vpc(design)
        outputs["VpcId"] = {"Value": {"Ref": VPC}}
        for index, zone in enumerate(design.zones):
            resources |= _zone(design, index, zone)
    what = "Roles" if design.roles_alone else "Network and roles"
    return json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": f"{what} of the EKS cluster {design.cluster_name}",
            "Resources": resources,
            "Outputs": outputs,
        },
        separators=(",", ":"),
    )


def _vpc(design: NetworkDesign) -> dict[str, Resource]:
    name = design.cluster_name
    return {
        VPC: _typed(
            "AWS::EC2::VPC",
            CidrBlock=design.cidr,
            # Both are what EKS needs for nodes to find the control plane.
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=_named(f"{name}-vpc"),
        ),
        INTERNET_GATEWAY: _typed("AWS::EC2::InternetGateway", Tags=_named(f"{name}-igw")),
        "GatewayAttachment": _typed(
            "AWS::EC2::VPCGatewayAttachment",
            VpcId={"Ref": VPC},
            InternetGatewayId={"Ref": INTERNET_GATEWAY},
        ),
        PUBLIC_ROUTES: _typed(
            "AWS::EC2::RouteTable", VpcId={"Ref": VPC}, Tags=_named(f"{name}-public")
        ),
        "PublicRoute": _typed(
            "AWS::EC2::Route",
            "GatewayAttachment",
            RouteTableId={"Ref": PUBLIC_ROUTES},
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId={"Ref": INTERNET_GATEWAY},
        ),
        "NatAddress": _typed(
            "AWS::EC2::EIP", "GatewayAttachment", Domain="vpc", Tags=_named(f"{name}-nat")
        ),
        NAT_GATEWAY: _typed(
            "AWS::EC2::NatGateway",
            "PublicRoute",
            AllocationId={"Fn::GetAtt": ["NatAddress", "AllocationId"]},
            SubnetId={"Ref": public_subnet(0)},
            Tags=_named(f"{name}-nat"),
        ),
        PRIVATE_ROUTES: _typed(
            "AWS::EC2::RouteTable", VpcId={"Ref": VPC}, Tags=_named(f"{name}-private")
        ),
        "PrivateRoute": _typed(
            "AWS::EC2::Route",
            RouteTableId={"Ref": PRIVATE_ROUTES},
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId={"Ref": NAT_GATEWAY},
        ),
    }


def _zone(design: NetworkDesign, index: int, zone: str) -> dict[str, Resource]:
    name = design.cluster_name
    private, public = private_subnet(index), public_subnet(index)
    return {
        private: _subnet(
            f"{name}-private-{zone}", zone, design.blocks.nodes(index), "internal-elb"
        ),
        public: _subnet(f"{name}-public-{zone}", zone, design.blocks.load_balancers(index), "elb"),
        f"{private}Routes": _association(private, PRIVATE_ROUTES),
        f"{public}Routes": _association(public, PUBLIC_ROUTES),
    }


def _subnet(name: str, zone: str, cidr: str, load_balancers: str) -> Resource:
    return _typed(
        "AWS::EC2::Subnet",
        VpcId={"Ref": VPC},
        AvailabilityZone=zone,
        CidrBlock=cidr,
        MapPublicIpOnLaunch=load_balancers == "elb",
        # How the AWS Load Balancer Controller finds subnets ("subnet discovery").
        Tags=[*_named(name), {"Key": f"kubernetes.io/role/{load_balancers}", "Value": "1"}],
    )


def _association(subnet: str, table: str) -> Resource:
    return _typed(
        "AWS::EC2::SubnetRouteTableAssociation",
        SubnetId={"Ref": subnet},
        RouteTableId={"Ref": table},
    )


def _roles(design: NetworkDesign) -> dict[str, Resource]:
    return {role.logical_id: _role(role) for role in roles_of(design)}


def _role(role: RoleDesign) -> Resource:
    properties: Resource = {
        "RoleName": role.name,
        "AssumeRolePolicyDocument": _substituted(role.trust),
        "ManagedPolicyArns": _substituted(list(role.managed)),
    }
    if role.inline:
        properties["Policies"] = [
            {"PolicyName": name, "PolicyDocument": _substituted(policy)}
            for name, policy in role.policies.items()
        ]
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _substituted(value: Any) -> Any:
    """The value, with `Fn::Sub` around every text that has a pseudo parameter."""
    match value:
        case str():
            return {"Fn::Sub": value} if "${AWS::" in value else value
        case dict():
            return {key: _substituted(each) for key, each in value.items()}
        case list() | tuple():
            return [_substituted(each) for each in value]
        case _:
            return value


def _named(name: str) -> list[Resource]:
    return [{"Key": "Name", "Value": name}]


def _typed(kind: str, depends_on: str | None = None, /, **properties: Any) -> Resource:
    resource: Resource = {"Type": kind, "Properties": properties}
    return resource | ({"DependsOn": depends_on} if depends_on else {})
