"""A network, roles and clusters in the simulated AWS, for the contract tests of EKS."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from tests.sandbox.aws_fixtures import ACCOUNT, Aws, unique, until


@dataclass(frozen=True)
class Network:
    """A VPC with private subnets in three zones."""

    vpc: str
    subnets: tuple[str, str, str]


@dataclass(frozen=True)
class Refusal:
    """What an EKS call was refused with."""

    code: str
    message: str
    status: int


def trust(service: str, *actions: str) -> str:
    """A trust policy for a service principal."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions or ("sts:AssumeRole",)),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(aws: Aws, service: str, *actions: str, name: str | None = None) -> str:
    """A role that trusts a service; its ARN."""
    answer = aws.client("iam").create_role(
        RoleName=name or unique("role"), AssumeRolePolicyDocument=trust(service, *actions)
    )
    return str(answer["Role"]["Arn"])


def make_network(aws: Aws) -> Network:
    """A VPC with three private subnets of different zones."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.20.{n * 16}.0/20", AvailabilityZone=f"us-west-2{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("abc")
    ]
    return Network(vpc, (subnets[0], subnets[1], subnets[2]))


@dataclass(frozen=True)
class World:
    """Everything that a cluster needs before it can be made."""

    aws: Aws
    network: Network
    cluster_role: str
    node_role: str

    @property
    def eks(self) -> Any:
        """A client of EKS."""
        return self.aws.client("eks")

    def cluster_request(self, name: str, **changes: Any) -> dict[str, Any]:
        """What CreateCluster is asked; `changes` replace members, None removes one."""
        request: dict[str, Any] = {
            "name": name,
            "version": "1.34",
            "roleArn": self.cluster_role,
            "resourcesVpcConfig": {"subnetIds": list(self.network.subnets)},
            "accessConfig": {"authenticationMode": "API"},
            "clientRequestToken": str(uuid.uuid4()),
            **changes,
        }
        return {member: value for member, value in request.items() if value is not None}

    def active_cluster(self, **changes: Any) -> str:
        """The name of a new ACTIVE cluster."""
        name = unique("cluster")
        self.eks.create_cluster(**self.cluster_request(name, **changes))
        self.await_cluster(name)
        return name

    def cluster(self, name: str) -> dict[str, Any]:
        """A cluster's description."""
        return dict(self.eks.describe_cluster(name=name)["cluster"])

    def await_cluster(self, name: str, status: str = "ACTIVE") -> dict[str, Any]:
        """The description once the cluster has that status."""
        until(lambda: self.cluster(name)["status"] == status, f"{name} {status}")
        return self.cluster(name)

    def await_gone(self, name: str) -> None:
        """Return once the cluster is gone."""
        until(lambda: name not in self.eks.list_clusters()["clusters"], f"{name} gone")

    def nodegroup_request(self, cluster: str, name: str, **changes: Any) -> dict[str, Any]:
        """What CreateNodegroup is asked: an empty group of t3.medium unless changed."""
        request: dict[str, Any] = {
            "clusterName": cluster,
            "nodegroupName": name,
            "subnets": list(self.network.subnets[:2]),
            "nodeRole": self.node_role,
            "scalingConfig": {"minSize": 0, "maxSize": 3, "desiredSize": 0},
            **changes,
        }
        return {member: value for member, value in request.items() if value is not None}

    def active_nodegroup(self, cluster: str, **changes: Any) -> str:
        """The name of a new ACTIVE node group."""
        name = unique("group")
        self.eks.create_nodegroup(**self.nodegroup_request(cluster, name, **changes))
        self.await_nodegroup(cluster, name)
        return name

    def nodegroup(self, cluster: str, name: str) -> dict[str, Any]:
        """A node group's description."""
        answer = self.eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)
        return dict(answer["nodegroup"])

    def await_nodegroup(self, cluster: str, name: str, status: str = "ACTIVE") -> dict[str, Any]:
        """The description once the node group has that status."""
        until(lambda: self.nodegroup(cluster, name)["status"] == status, f"{name} {status}")
        return self.nodegroup(cluster, name)

    def await_update(self, cluster: str, update: str, **of: str) -> dict[str, Any]:
        """An update once it has ended."""

        def ended() -> dict[str, Any] | None:
            answer = self.eks.describe_update(name=cluster, updateId=update, **of)["update"]
            return dict(answer) if answer["status"] != "InProgress" else None

        return dict(until(ended, f"update {update} ended"))

    def listed(self, cluster: str) -> dict[str, Any]:
        """The cluster as the sandbox's own API lists it for whoever serves its endpoint."""
        found = [c for c in self.aws.admin("GET", "clusters?anew=1") if c["name"] == cluster]
        assert len(found) == 1, found
        return dict(found[0])

    def asg(self, cluster: str, nodegroup: str) -> dict[str, Any]:
        """The auto scaling group behind a node group."""
        name = self.nodegroup(cluster, nodegroup)["resources"]["autoScalingGroups"][0]["name"]
        answer = self.aws.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[name]
        )
        return dict(answer["AutoScalingGroups"][0])


def make_world(aws: Aws) -> World:
    """A network and the two roles."""
    cluster_role = make_role(aws, "eks.amazonaws.com")
    node_role = make_role(aws, "ec2.amazonaws.com")
    for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"):
        aws.client("iam").attach_role_policy(
            RoleName=node_role.rsplit("/", 1)[-1], PolicyArn=f"arn:aws:iam::aws:policy/{policy}"
        )
    return World(aws, make_network(aws), cluster_role, node_role)


def refusal(call: Any, **params: Any) -> Refusal:
    """What a call is refused with; an answer fails the test."""
    try:
        answer = call(**params)
    except call.__self__.exceptions.ClientError as error:
        body, metadata = error.response["Error"], error.response["ResponseMetadata"]
        return Refusal(body["Code"], body["Message"], metadata["HTTPStatusCode"])
    raise AssertionError(f"not refused: {answer}")


def user_arn(name: str) -> str:
    """A user's ARN in the tests' account."""
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"
