"""An EKS cluster that somebody else made, by hand, with the AWS API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from tests.waiting import eventually

from sigopt_sandbox.launcher import Sandbox

LONG = 120.0
NODE_GROUP = "workers"
TRUSTED = {"cluster": "eks.amazonaws.com", "node": "ec2.amazonaws.com"}
POLICIES = {
    "cluster": ("AmazonEKSClusterPolicy",),
    "node": ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"),
}


def client(sandbox: Sandbox, service: str) -> Any:
    """A client of the sandbox's administrator."""
    state = sandbox.state
    session = boto3.Session(state.access_key_id, state.secret_access_key, region_name=state.region)
    return session.client(service, endpoint_url=state.aws_url)  # type: ignore[call-overload]  # a name from a variable


@dataclass(frozen=True)
class Theirs:
    """The cluster, and what it stands on."""

    sandbox: Sandbox
    name: str
    subnets: tuple[str, ...]
    cluster_role: str
    node_role: str

    @property
    def eks(self) -> Any:
        return client(self.sandbox, "eks")

    def cluster(self) -> dict[str, Any]:
        """As EKS describes it."""
        told: dict[str, Any] = self.eks.describe_cluster(name=self.name)["cluster"]
        return told

    def make_cluster(self) -> None:
        """Ask for the cluster, and wait until it is ACTIVE."""
        self.eks.create_cluster(
            name=self.name,
            version="1.34",
            roleArn=self.cluster_role,
            resourcesVpcConfig={"subnetIds": list(self.subnets)},
            accessConfig={"authenticationMode": "API"},
            tags={"team": "other"},
        )
        eventually(
            lambda: self.cluster()["status"] == "ACTIVE", lambda: "their cluster", within=LONG
        )

    def make_node_group(self) -> None:
        """One node of its own."""
        self.eks.create_nodegroup(
            clusterName=self.name,
            nodegroupName=NODE_GROUP,
            nodeRole=self.node_role,
            subnets=list(self.subnets),
            scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 1},
            instanceTypes=["t3.medium"],
        )
        eventually(self._node_group_stands, lambda: "their node group", within=LONG)

    def remove(self) -> None:
        """All of it, if it is there."""
        if self.name not in self.eks.list_clusters()["clusters"]:
            return
        for name in self.eks.list_nodegroups(clusterName=self.name)["nodegroups"]:
            self.eks.delete_nodegroup(clusterName=self.name, nodegroupName=name)
        eventually(
            lambda: not self.eks.list_nodegroups(clusterName=self.name)["nodegroups"],
            lambda: "their node groups are gone",
            within=LONG,
        )
        self.eks.delete_cluster(name=self.name)
        eventually(
            lambda: self.name not in self.eks.list_clusters()["clusters"],
            lambda: "their cluster is gone",
            within=LONG,
        )

    def _node_group_stands(self) -> bool:
        told = self.eks.describe_nodegroup(clusterName=self.name, nodegroupName=NODE_GROUP)
        return bool(told["nodegroup"]["status"] == "ACTIVE")


@contextmanager
def theirs(sandbox: Sandbox, name: str) -> Iterator[Theirs]:
    """The ground for a cluster of that name; at the end, nothing of it is left."""
    ec2 = client(sandbox, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.78.{number}.0/24", AvailabilityZone=f"us-west-2{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("abc")
    )
    roles = {kind: _make_role(sandbox, f"theirs-{name}-{kind}", kind) for kind in TRUSTED}
    made = Theirs(sandbox, name, subnets, roles["cluster"], roles["node"])
    try:
        yield made
    finally:
        made.remove()
        for kind in TRUSTED:
            _remove_role(sandbox, f"theirs-{name}-{kind}", kind)
        for subnet in subnets:
            ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=vpc)


def _make_role(sandbox: Sandbox, name: str, kind: str) -> str:
    iam = client(sandbox, "iam")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": TRUSTED[kind]},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in POLICIES[kind]:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return str(arn)


def _remove_role(sandbox: Sandbox, name: str, kind: str) -> None:
    iam = client(sandbox, "iam")
    for policy in POLICIES[kind]:
        iam.detach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    iam.delete_role(RoleName=name)
