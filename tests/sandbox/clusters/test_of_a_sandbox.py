"""A whole sandbox: people reach the clusters that EKS makes with the tools they know."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.sandbox.clusters.process import eventually

from sigopt_sandbox.launcher import Sandbox

CLUSTER = "with-real-tools"
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy")


@dataclass(frozen=True)
class User:
    """Somebody at a terminal, with keys and a kubeconfig of their own."""

    env: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.env, capture_output=True, text=True, timeout=120, check=False
        )

    def succeeds(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def update_kubeconfig(self) -> None:
        self.succeeds("aws", "eks", "update-kubeconfig", "--name", CLUSTER)

    def with_keys(self, key: str, secret: str, kubeconfig: Path) -> "User":
        changed = {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "KUBECONFIG": str(kubeconfig),
        }
        return User(self.env | changed)


@dataclass(frozen=True)
class Cloud:
    """The sandbox's AWS, and what the cluster under test was made of."""

    session: boto3.Session
    endpoint: str
    user: User

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]  # a name from a variable


@pytest.fixture(scope="module")
def cloud(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cluster without nodes, and a kubeconfig for it."""
    kubeconfig = tmp_path_factory.mktemp("home") / "kubeconfig"
    scripts = Path(sys.executable).parent
    given = sandbox.env()
    env = (
        os.environ
        | given
        | {
            "KUBECONFIG": str(kubeconfig),
            "PATH": f"{scripts}{os.pathsep}{given['PATH']}",
        }
    )
    session = boto3.Session(
        given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name="us-west-2"
    )
    cloud = Cloud(session, sandbox.endpoint_url, User(env))
    subnets = _subnets(cloud)
    eks = cloud.client("eks")
    eks.create_cluster(
        name=CLUSTER,
        roleArn=_role(cloud, "cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy"),
        resourcesVpcConfig={"subnetIds": subnets},
        accessConfig={"authenticationMode": "API"},
        bootstrapSelfManagedAddons=True,
    )
    eventually(lambda: _status(eks) == "ACTIVE", "the cluster is active")
    cloud.user.succeeds("aws", "eks", "wait", "cluster-active", "--name", CLUSTER)
    cloud.user.update_kubeconfig()
    yield cloud
    eks.delete_cluster(name=CLUSTER)
    eventually(lambda: CLUSTER not in eks.list_clusters()["clusters"], "the cluster is gone")
    _remove_network(cloud, subnets)
    _remove_role(cloud, "cluster")


def _status(eks: Any) -> str:
    return str(eks.describe_cluster(name=CLUSTER)["cluster"]["status"])


@pytest.fixture(scope="module")
def nodegroup(cloud: Cloud) -> Iterator[str]:
    """A node group of one node, up to three."""
    eks = cloud.client("eks")
    vpc = eks.describe_cluster(name=CLUSTER)["cluster"]["resourcesVpcConfig"]
    eks.create_nodegroup(
        clusterName=CLUSTER,
        nodegroupName="cpu",
        nodeRole=_role(cloud, "node", "ec2.amazonaws.com", *NODE_POLICIES),
        subnets=vpc["subnetIds"],
        scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 1},
        instanceTypes=["t3.medium"],
    )
    yield "cpu"
    eks.delete_nodegroup(clusterName=CLUSTER, nodegroupName="cpu")
    eventually(lambda: not eks.list_nodegroups(clusterName=CLUSTER)["nodegroups"], "no node group")
    _remove_role(cloud, "node")


def _subnets(cloud: Cloud) -> list[str]:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.77.{number}.0/24", AvailabilityZone=f"us-west-2{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]


def _role(cloud: Cloud, name: str, service: str, *policies: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = cloud.client("iam")
    full_name = f"{CLUSTER}-{name}"
    arn = iam.create_role(RoleName=full_name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in policies:
        policy_arn = f"arn:aws:iam::aws:policy/{policy}"
        iam.attach_role_policy(RoleName=full_name, PolicyArn=policy_arn)
    return str(arn)


def _remove_network(cloud: Cloud, subnets: list[str]) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def _remove_role(cloud: Cloud, name: str) -> None:
    iam, full_name = cloud.client("iam"), f"{CLUSTER}-{name}"
    for policy in iam.list_attached_role_policies(RoleName=full_name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=full_name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=full_name)


@pytest.fixture
def colleague(cloud: Cloud, tmp_path: Path) -> Iterator[tuple[User, str]]:
    """Another IAM user, who may ask EKS about clusters, and their ARN."""
    iam, name = cloud.client("iam"), "colleague"
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    user = cloud.user.with_keys(key["AccessKeyId"], key["SecretAccessKey"], tmp_path / "kubeconfig")
    yield user, str(arn)
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.detach_user_policy(UserName=name, PolicyArn=policy)
    iam.delete_user(UserName=name)


def nodes(user: User) -> int:
    return len(user.succeeds("kubectl", "get", "nodes", "-o", "name").split())


def test_a_colleague_gets_in_with_an_entry_only(cloud: Cloud, colleague: tuple[User, str]) -> None:
    user, arn = colleague
    eks = cloud.client("eks")
    user.update_kubeconfig()
    refused = user.run("kubectl", "get", "pods")
    assert "You must be logged in to the server" in refused.stderr
    eks.create_access_entry(clusterName=CLUSTER, principalArn=arn)
    eks.associate_access_policy(
        clusterName=CLUSTER,
        principalArn=arn,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        accessScope={"type": "namespace", "namespaces": ["default"]},
    )
    eventually(lambda: user.run("kubectl", "get", "pods").returncode == 0, "they see pods")
    assert "is forbidden" in user.run("kubectl", "get", "nodes").stderr
    assert "is forbidden" in user.run("kubectl", "-n", "kube-system", "get", "pods").stderr
    eks.delete_access_entry(clusterName=CLUSTER, principalArn=arn)
    eventually(lambda: user.run("kubectl", "get", "pods").returncode != 0, "they are out again")


def test_a_wrong_secret_does_not_get_in(cloud: Cloud, tmp_path: Path) -> None:
    cloud.user.update_kubeconfig()
    kubeconfig = Path(cloud.user.env["KUBECONFIG"])
    key = cloud.user.env["AWS_ACCESS_KEY_ID"]
    impostor = cloud.user.with_keys(key, "not-the-secret", kubeconfig)
    assert "Unauthorized" in impostor.run("kubectl", "get", "pods").stderr


def test_a_token_for_another_cluster_does_not_get_in(cloud: Cloud, sandbox: Sandbox) -> None:
    get_token = ("aws", "eks", "get-token", "--cluster-name")
    server = cloud.client("eks").describe_cluster(name=CLUSTER)["cluster"]["endpoint"]
    cloud.user.update_kubeconfig()

    def get_nodes(cluster: str) -> subprocess.CompletedProcess[str]:
        credential = json.loads(cloud.user.succeeds(*get_token, cluster))
        token = f"--token={credential['status']['token']}"
        insecure = ("--server", server, "--insecure-skip-tls-verify", "--kubeconfig=/dev/null")
        return cloud.user.run("kubectl", *insecure, token, "get", "nodes")

    assert get_nodes(CLUSTER).returncode == 0
    assert "Unauthorized" in get_nodes("another").stderr


@pytest.mark.usefixtures("nodegroup")
def test_its_creator_sees_the_nodes_with_kubectl(cloud: Cloud) -> None:
    eventually(lambda: nodes(cloud.user) == 1, "the node is registered")
    waited = ("kubectl", "wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")
    cloud.user.succeeds(*waited)
    who = cloud.user.succeeds("kubectl", "auth", "whoami")
    assert "user/sandbox-admin" in who


@pytest.mark.usefixtures("nodegroup")
def test_the_default_addons_run(cloud: Cloud) -> None:
    kube_system = ("kubectl", "-n", "kube-system")
    rollout = ("rollout", "status", "--timeout=60s")
    cloud.user.succeeds(*kube_system, *rollout, "daemonset/aws-node")
    cloud.user.succeeds(*kube_system, *rollout, "deployment/coredns")


@pytest.mark.usefixtures("nodegroup")
def test_a_deployment_becomes_available(cloud: Cloud) -> None:
    cloud.user.succeeds("kubectl", "create", "deployment", "web", "--image=nginx")
    available = ("kubectl", "wait", "--for=condition=Available", "deploy/web", "--timeout=60s")
    cloud.user.succeeds(*available)


@pytest.mark.usefixtures("nodegroup")
def test_a_pending_pod_runs_once_the_group_is_larger(cloud: Cloud) -> None:
    overrides = {
        "spec": {
            "containers": [{"name": "c", "image": "x", "resources": {"requests": {"cpu": "1500m"}}}]
        }
    }
    for name in ("first", "second"):
        run = ("kubectl", "run", name, "--image=x", f"--overrides={json.dumps(overrides)}")
        cloud.user.succeeds(*run)

    def pending() -> int:
        listed = cloud.user.succeeds("kubectl", "get", "pods", "-o", "json")
        phases = [pod["status"]["phase"] for pod in json.loads(listed)["items"]]
        return phases.count("Pending")

    eventually(lambda: pending() == 1, "one of the two waits")
    sizes = {"minSize": 1, "maxSize": 3, "desiredSize": 2}
    cloud.client("eks").update_nodegroup_config(
        clusterName=CLUSTER, nodegroupName="cpu", scalingConfig=sizes
    )
    eventually(lambda: pending() == 0, "both run")
    eventually(lambda: nodes(cloud.user) == 2, "there are two nodes")
    cloud.user.succeeds("kubectl", "delete", "pod", "first", "second", "--wait=false")
