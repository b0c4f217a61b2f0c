"""How long CloudFormation takes for one resource, in seconds of AWS.

From public CDK and Terraform logs of 2020 to 2025 (observed by users); independent resources run
side by side, so that a network with a NAT gateway takes about three minutes in all.
"""

from __future__ import annotations

CREATE = {
    "AWS::EC2::VPC": 13.0,  # 12-15 s
    "AWS::EC2::Subnet": 10.0,  # 5-20 s
    "AWS::EC2::InternetGateway": 15.0,  # 15 s
    "AWS::EC2::VPCGatewayAttachment": 2.0,  # 1-3 s in 2025, about 15 s in 2020
    "AWS::EC2::Route": 2.0,  # as the attachment
    "AWS::EC2::SubnetRouteTableAssociation": 2.0,  # as the attachment
    "AWS::EC2::RouteTable": 12.0,  # 12 s
    "AWS::EC2::SecurityGroup": 6.0,  # 2-10 s
    "AWS::EC2::SecurityGroupIngress": 2.0,  # as a route: assumed
    "AWS::EC2::SecurityGroupEgress": 2.0,  # as a route: assumed
    "AWS::EC2::EIP": 15.0,  # 15 s
    "AWS::EC2::NatGateway": 110.0,  # 95-125 s
    "AWS::IAM::Role": 15.0,  # 13-18 s
    "AWS::IAM::Policy": 14.0,  # 11-17 s
    "AWS::IAM::ManagedPolicy": 14.0,  # 11-17 s
    "AWS::IAM::InstanceProfile": 121.0,  # 2 min 01 s
}
DELETE = {
    "AWS::EC2::NatGateway": 60.0,  # 37-79 s
    "AWS::EC2::EIP": 5.0,  # 1-9 s
}
OTHER_CREATE = 5.0
"""A type that the sheet does not name: assumed."""
OTHER_DELETE = 2.0
"""1-3 s for the parts of a network and for security groups; the rest is assumed."""
UPDATE = 10.0
"""A resource that is changed in place: not found, assumed."""
BLOCKED_DELETE = 18 * 60.0
"""How long a deletion that meets a dependency is tried again: VPC about 18 min, internet gateway
17 to 24 min (eksctl#616, superluminar super-eks#51: observed by users)."""
TRY_AGAIN = 30.0
"""Between two tries of a blocked deletion: assumed."""
EVENT = 1.0
"""Between the first event of a resource and the one that names its id: about a second."""


def create(resource_type: str) -> float:
    """Seconds to create one resource."""
    return CREATE.get(resource_type, OTHER_CREATE)


def delete(resource_type: str) -> float:
    """Seconds to delete one resource."""
    return DELETE.get(resource_type, OTHER_DELETE)
