"""The CloudFormation template of one cluster's network and roles.

Rendered from a NetworkDesign alone, so that the same design always gives the same template.
Logical ids are stable: subnets are numbered by their zone's place in the design, which never moves.
"""

from __future__ import annotations

import json
from typing import Any

from sigopt_operator.plan.design import (
    VPC_CIDR,
    NetworkDesign,
    access_role,
    autoscaler_role,
    cluster_role,
    node_role,
    private_subnet,
)

Resource = dict[str, Any]

NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
)
"""What the EKS User Guide ("node IAM role") asks of a node's role."""


def render(design: NetworkDesign) -> str:
    """The template's body as JSON; far below CloudFormation's 51,200 bytes."""
    resources = {**_vpc(design), **_roles(design)}
    for index, zone in enumerate(design.zones):
        resources |= _zone(design, index, zone)
    outputs = {
        "VpcId": {"Value": {"Ref": "Vpc"}},
        "AccessRoleArn": {"Value": {"Fn::GetAtt": ["AccessRole", "Arn"]}},
    }
    return json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": f"Network and roles of the EKS cluster {design.cluster_name}",
            "Resources": resources,
            "Outputs": outputs,
        },
        separators=(",", ":"),
    )


def _vpc(design: NetworkDesign) -> dict[str, Resource]:
    name = design.cluster_name
    return {
        "Vpc": _typed(
            "AWS::EC2::VPC",
            CidrBlock=VPC_CIDR,
            # Both are what EKS needs for nodes to find the control plane.
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=_named(f"{name}-vpc"),
        ),
        "InternetGateway": _typed("AWS::EC2::InternetGateway", Tags=_named(f"{name}-igw")),
        "GatewayAttachment": _typed(
            "AWS::EC2::VPCGatewayAttachment",
            VpcId={"Ref": "Vpc"},
            InternetGatewayId={"Ref": "InternetGateway"},
        ),
        "PublicRouteTable": _typed(
            "AWS::EC2::RouteTable", VpcId={"Ref": "Vpc"}, Tags=_named(f"{name}-public")
        ),
        "PublicRoute": _typed(
            "AWS::EC2::Route",
            "GatewayAttachment",
            RouteTableId={"Ref": "PublicRouteTable"},
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId={"Ref": "InternetGateway"},
        ),
        "NatAddress": _typed(
            "AWS::EC2::EIP", "GatewayAttachment", Domain="vpc", Tags=_named(f"{name}-nat")
        ),
        "NatGateway": _typed(
            "AWS::EC2::NatGateway",
            "PublicRoute",
            AllocationId={"Fn::GetAtt": ["NatAddress", "AllocationId"]},
            SubnetId={"Ref": "PublicSubnet0"},
            Tags=_named(f"{name}-nat"),
        ),
        "PrivateRouteTable": _typed(
            "AWS::EC2::RouteTable", VpcId={"Ref": "Vpc"}, Tags=_named(f"{name}-private")
        ),
        "PrivateRoute": _typed(
            "AWS::EC2::Route",
            RouteTableId={"Ref": "PrivateRouteTable"},
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId={"Ref": "NatGateway"},
        ),
    }


def _zone(design: NetworkDesign, index: int, zone: str) -> dict[str, Resource]:
    name = design.cluster_name
    private, public = private_subnet(index), f"PublicSubnet{index}"
    return {
        private: _subnet(
            f"{name}-private-{zone}", zone, f"192.168.{32 * index}.0/19", "internal-elb"
        ),
        public: _subnet(f"{name}-public-{zone}", zone, f"192.168.{192 + 8 * index}.0/21", "elb"),
        f"{private}Routes": _association(private, "PrivateRouteTable"),
        f"{public}Routes": _association(public, "PublicRouteTable"),
    }


def _subnet(name: str, zone: str, cidr: str, load_balancers: str) -> Resource:
    return _typed(
        "AWS::EC2::Subnet",
        VpcId={"Ref": "Vpc"},
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
    name = design.cluster_name
    describe = _allow(["eks:DescribeCluster"], _cluster_arn(name))
    return {
        "ClusterRole": _role(
            cluster_role(name),
            {"Service": "eks.amazonaws.com"},
            policies=[_managed("AmazonEKSClusterPolicy")],
        ),
        "NodeRole": _role(
            node_role(name),
            {"Service": {"Fn::Sub": "ec2.${AWS::URLSuffix}"}},
            policies=[*map(_managed, NODE_POLICIES), *design.node_policies],
        ),
        # What a colleague's `aws eks update-kubeconfig --role-arn` needs, and no more.
        "AccessRole": _role(
            access_role(name), {"AWS": list(design.trusted)}, inline={"describe-cluster": describe}
        ),
        "AutoscalerRole": _role(
            autoscaler_role(name),
            {"Service": "pods.eks.amazonaws.com"},
            ["sts:AssumeRole", "sts:TagSession"],
            inline={"scale-own-groups": _autoscaling(name)},
        ),
    }


def _autoscaling(cluster_name: str) -> list[Resource]:
    """As cluster-autoscaler's AWS README documents, changes limited by tag to this cluster."""
    read = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "eks:DescribeNodegroup",
    ]
    scale = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    owned = {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster_name}": "owned"}
    return [
        *_allow(read, "*"),
        *_allow(scale, "*", condition={"StringEquals": owned}),
    ]


def _cluster_arn(name: str) -> Resource:
    arn = "arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/" + name
    return {"Fn::Sub": arn}


def _role(
    name: str,
    principal: Resource,
    actions: list[str] | None = None,
    *,
    policies: list[Any] | None = None,
    inline: dict[str, list[Resource]] | None = None,
) -> Resource:
    trust = {"Effect": "Allow", "Principal": principal, "Action": actions or ["sts:AssumeRole"]}
    properties: Resource = {
        "RoleName": name,
        "AssumeRolePolicyDocument": _document([trust]),
        "ManagedPolicyArns": policies or [],
    }
    if inline:
        properties["Policies"] = [
            {"PolicyName": key, "PolicyDocument": _document(told)} for key, told in inline.items()
        ]
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _document(statements: list[Resource]) -> Resource:
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(
    actions: list[str], resource: Any, *, condition: Resource | None = None
) -> list[Resource]:
    told: Resource = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return [told | ({"Condition": condition} if condition else {})]


def _managed(policy: str) -> Resource:
    return {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/" + policy}


def _named(name: str) -> list[Resource]:
    return [{"Key": "Name", "Value": name}]


def _typed(kind: str, depends_on: str | None = None, /, **properties: Any) -> Resource:
    resource: Resource = {"Type": kind, "Properties": properties}
    return resource | ({"DependsOn": depends_on} if depends_on else {})
