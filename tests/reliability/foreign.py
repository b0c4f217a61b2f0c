"""A cluster that somebody else made, with the AWS API."""

from __future__ import annotations

import json
import time

from tests.reliability.tenant import LONG, Tenant

TRUSTED = {"cluster": "eks.amazonaws.com", "node": "ec2.amazonaws.com"}
POLICIES = {
    "cluster": ("AmazonEKSClusterPolicy",),
    "node": ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"),
}
ZONES = "abc"


def make_foreign_cluster(tenant: Tenant) -> None:
    """A control plane in a network of its own; what stays of it is no leak."""
    subnets = _network(tenant)
    roles = {kind: _role(tenant, kind) for kind in TRUSTED}
    tenant.sandbox.remember(tenant.account)
    eks = tenant.accounts.client(tenant.account, "eks")
    eks.create_cluster(
        name=tenant.name,
        version="1.34",
        roleArn=roles["cluster"],
        resourcesVpcConfig={"subnetIds": subnets},
        accessConfig={"authenticationMode": "API"},
        tags={"team": "other"},
    )
    deadline = time.monotonic() + LONG
    while eks.describe_cluster(name=tenant.name)["cluster"]["status"] != "ACTIVE":
        if time.monotonic() > deadline:
            raise AssertionError("their cluster does not become ACTIVE")
        time.sleep(0.2)


def _network(tenant: Tenant) -> list[str]:
    ec2 = tenant.accounts.client(tenant.account, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.78.{number}.0/24", AvailabilityZone=f"us-west-2{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate(ZONES)
    ]


def _role(tenant: Tenant, kind: str) -> str:
    iam = tenant.accounts.client(tenant.account, "iam")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": TRUSTED[kind]},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    name = f"theirs-{kind}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in POLICIES[kind]:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return str(arn)
