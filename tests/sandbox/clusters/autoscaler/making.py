"""How the cluster of these tests comes to be, and goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import yaml
from tests.sandbox.clusters.autoscaler.world import (
    ACCELERATOR,
    ASKING_EKS,
    CLUSTER,
    GPU,
    LOOKING,
    MANIFESTS,
    REGION,
    ROLE,
    SYSTEM,
    TYPE,
    World,
)
from tests.sandbox.clusters.process import eventually
from tests.sandbox.kubectl import Kubectl

from sigopt_sandbox.launcher import Sandbox

_GROUPS: dict[str, dict[str, Any]] = {
    "system": {
        "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
        "instanceTypes": ["t3.large"],
    },
    "cpu": {
        "scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 0},
        "instanceTypes": ["t3.large"],
    },
    "gpu": {
        "scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 0},
        "instanceTypes": ["g4dn.xlarge"],
        "amiType": "AL2023_x86_64_NVIDIA",
        "taints": [{"key": GPU, "value": "present", "effect": "NO_SCHEDULE"}],
        "labels": {ACCELERATOR: "nvidia-tesla-t4"},
    },
}
_ROLES = {
    f"{CLUSTER}-cluster": ("eks.amazonaws.com", "AmazonEKSClusterPolicy"),
    f"{CLUSTER}-node": (
        "ec2.amazonaws.com",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
    ),
    ROLE: ("pods.eks.amazonaws.com",),
}


@contextmanager
def cluster(sandbox: Sandbox) -> Iterator[World]:
    """The cluster with an autoscaler installed; all of it is removed afterwards."""
    given = sandbox.env()
    session = boto3.Session(
        given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name=REGION
    )
    account = session.client("sts", endpoint_url=sandbox.endpoint_url).get_caller_identity()
    directory = f"{account['Account']}-{REGION}-{CLUSTER}"
    kubeconfig = sandbox.layout.clusters / directory / "kubeconfig"
    world = World(sandbox, session, Kubectl(sandbox.program("kubectl"), kubeconfig))
    roles = {name: _make_role(world, name, *of) for name, of in _ROLES.items()}
    subnets = _make_subnets(world)
    try:
        _make_cluster(world, roles[f"{CLUSTER}-cluster"], subnets)
        _make_groups(world, roles[f"{CLUSTER}-node"], subnets)
        world.may(*LOOKING, ASKING_EKS)
        world.associate()
        _install(world)
        yield world
    finally:
        _remove(world, subnets)


def _make_role(world: World, name: str, service: str, *policies: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = world.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return str(arn)


def _make_subnets(world: World) -> list[str]:
    ec2 = world.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.78.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]


def _make_cluster(world: World, role: str, subnets: list[str]) -> None:
    eks = world.client("eks")
    eks.create_cluster(
        name=CLUSTER,
        roleArn=role,
        resourcesVpcConfig={"subnetIds": subnets},
        accessConfig={"authenticationMode": "API"},
        bootstrapSelfManagedAddons=True,
    )

    def active() -> bool:
        return bool(eks.describe_cluster(name=CLUSTER)["cluster"]["status"] == "ACTIVE")

    eventually(active, "the cluster is active")
    eks.create_addon(clusterName=CLUSTER, addonName="eks-pod-identity-agent")


def _make_groups(world: World, role: str, subnets: list[str]) -> None:
    eks = world.client("eks")
    for name, settings in _GROUPS.items():
        request = {**settings, "labels": {TYPE: name, **settings.get("labels", {})}}
        eks.create_nodegroup(
            clusterName=CLUSTER, nodegroupName=name, nodeRole=role, subnets=subnets, **request
        )

    def active() -> bool:
        found = (
            eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=name)["nodegroup"]
            for name in _GROUPS
        )
        return all(one["status"] == "ACTIVE" for one in found)

    eventually(active, "the node groups are active")


def _install(world: World) -> None:
    text = MANIFESTS.read_text().replace("CLUSTER", CLUSTER)
    items = list(yaml.safe_load_all(text))
    world.apply({"apiVersion": "v1", "kind": "List", "items": items})
    rollout = ("rollout", "status", "deployment/cluster-autoscaler", "--timeout=60s")
    world.kubectl.must(*SYSTEM, *rollout)
    eventually(lambda: "Registering ASG" in world.log, "the autoscaler found its groups")


def _remove(world: World, subnets: list[str]) -> None:
    eks, ec2, iam = (world.client(name) for name in ("eks", "ec2", "iam"))
    for name in eks.list_nodegroups(clusterName=CLUSTER)["nodegroups"]:
        eks.delete_nodegroup(clusterName=CLUSTER, nodegroupName=name)

    def no_groups() -> bool:
        return not eks.list_nodegroups(clusterName=CLUSTER)["nodegroups"]

    eventually(no_groups, "the node groups are gone")
    eks.delete_cluster(name=CLUSTER)
    eventually(lambda: CLUSTER not in eks.list_clusters()["clusters"], "the cluster is gone")
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    for name in _ROLES:
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)
