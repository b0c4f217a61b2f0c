"""What workloads make in AWS: made as the cluster's controllers would, by a person with a token."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.people import Person
from tests.sandbox.operator.theirs import client

ADMIN = "arn:aws:iam::111122223333:user/sandbox-admin"
LISTENER = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30000}
CLAIM_TAG = "kubernetes.io/created-for/pvc/name"


def inside(person: Person, cluster: str, directory: Path) -> Kubectl:
    """A kubectl in the cluster, for somebody whom its spec lets assume the access role."""
    status = person.status(cluster)
    told = client(person.sandbox, "eks").describe_cluster(name=cluster)["cluster"]
    env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    answer = subprocess.run(
        ["aws", "eks", "get-token", "--cluster-name", cluster, "--role", status["accessRoleArn"]],
        env=env | person.sandbox.env() | {"HOME": str(directory)},
        check=True,
        capture_output=True,
        timeout=60,
    ).stdout
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "c",
                "cluster": {
                    "server": told["endpoint"],
                    "certificate-authority-data": told["certificateAuthority"]["data"],
                },
            }
        ],
        "users": [{"name": "u", "user": {"token": json.loads(answer)["status"]["token"]}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }
    kubeconfig = directory / f"{cluster}.kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    return Kubectl(person.sandbox.program("kubectl"), kubeconfig)


@dataclass(frozen=True)
class Network:
    """The network of a cluster, and what is put into it."""

    person: Person
    cluster: str

    def __getattr__(self, service: str) -> Any:
        """A client of the administrator."""
        return client(self.person.sandbox, service)

    def described(self) -> dict[str, Any]:
        told: dict[str, Any] = client(self.person.sandbox, "eks").describe_cluster(
            name=self.cluster
        )["cluster"]["resourcesVpcConfig"]
        return told

    @property
    def owned(self) -> list[dict[str, str]]:
        """The tags of cloud-provider-aws."""
        return [
            {"Key": f"kubernetes.io/cluster/{self.cluster}", "Value": "owned"},
            {"Key": "kubernetes.io/service-name", "Value": "shop/web"},
        ]

    @property
    def controlled(self) -> list[dict[str, str]]:
        """The tags of the AWS Load Balancer Controller."""
        return [{"Key": "elbv2.k8s.aws/cluster", "Value": self.cluster}]

    def security_group(self, name: str, tags: list[dict[str, str]]) -> str:
        group: str = self.ec2.create_security_group(
            GroupName=name,
            Description="Security group for Kubernetes ELB",
            VpcId=self.described()["vpcId"],
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
        )["GroupId"]
        return group

    def classic_load_balancer(self, name: str, group: str) -> None:
        """As for a Service; the nodes' group lets it in, so that it is held by that rule too."""
        config = self.described()
        self.elb.create_load_balancer(
            LoadBalancerName=name,
            Listeners=[LISTENER],
            Subnets=config["subnetIds"],
            SecurityGroups=[group],
            Tags=self.owned,
        )
        rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
        nodes = config["clusterSecurityGroupId"]
        self.ec2.authorize_security_group_ingress(GroupId=nodes, IpPermissions=[rule])

    def load_balancer(self, name: str, group: str) -> str:
        """As for an Ingress, with a target group behind it."""
        config = self.described()
        arn: str = self.elbv2.create_load_balancer(
            Name=name, Subnets=config["subnetIds"], SecurityGroups=[group], Tags=self.controlled
        )["LoadBalancers"][0]["LoadBalancerArn"]
        target = self.elbv2.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=config["vpcId"], Tags=self.controlled
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elbv2.create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
        )
        return arn

    def leaked_interface(self) -> str:
        """As the CNI leaves one when its node dies in between."""
        config = self.described()
        interface: str = self.ec2.create_network_interface(
            SubnetId=config["subnetIds"][0],
            Groups=[config["clusterSecurityGroupId"]],
            Description="aws-K8S-i-0123456789abcdef0",
        )["NetworkInterface"]["NetworkInterfaceId"]
        return interface

    def volume(self, claim: str, cluster: str = "") -> str:
        """As the driver of that cluster makes one; of this one, where none is named."""
        tags = [
            {"Key": CLAIM_TAG, "Value": claim},
            {"Key": "CSIVolumeName", "Value": f"pvc-{claim}"},
            {"Key": f"kubernetes.io/cluster/{cluster or self.cluster}", "Value": "owned"},
        ]
        volume: str = self.ec2.create_volume(
            AvailabilityZone="us-west-2a",
            Size=1,
            VolumeType="gp3",
            TagSpecifications=[{"ResourceType": "volume", "Tags": tags}],
        )["VolumeId"]
        return volume


def persistent_volume(volume: str, claim: str, policy: str) -> dict[str, Any]:
    """A PersistentVolume as the EBS CSI driver's provisioner makes it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": f"pvc-{claim}",
            "annotations": {"pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com"},
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1Gi"},
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": "",
            "claimRef": {"namespace": "default", "name": claim},
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": volume},
        },
    }


def claim(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "",
            "volumeName": f"pvc-{name}",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def service(name: str, *finalizers: str) -> dict[str, Any]:
    """A Service of type LoadBalancer, held by its controller's finalizers."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default", "finalizers": list(finalizers)},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    }
