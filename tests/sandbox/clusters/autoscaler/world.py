"""A cluster in a sandbox with a system, a cpu and a gpu group, and somebody who looks after it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from tests.sandbox.clusters.process import eventually
from tests.sandbox.kubectl import Kubectl

from sigopt_sandbox.launcher import Sandbox

CLUSTER = "scaled"
REGION = "us-west-2"
ROLE = f"{CLUSTER}-autoscaler-role"
TYPE = "orchestrate.sigopt.com/node-group-type"
ACCELERATOR = "k8s.amazonaws.com/accelerator"
GPU = "nvidia.com/gpu"
TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
TAG = {"ResourceType": "auto-scaling-group", "PropagateAtLaunch": False}
SYSTEM = ["-n", "kube-system"]
MANIFESTS = Path(__file__).parent / "manifests.yaml"

LOOKING = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
)
ASKING_EKS = "eks:DescribeNodegroup"
SCALING = ("autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup")


@dataclass(frozen=True)
class World:
    """The sandbox's AWS as its administrator, and the cluster as its own."""

    sandbox: Sandbox
    session: boto3.Session
    kubectl: Kubectl

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.sandbox.endpoint_url)  # type: ignore[call-overload]  # a name from a variable

    @property
    def log(self) -> str:
        """What the autoscaler logged."""
        account = self.client("sts").get_caller_identity()["Account"]
        logs = self.sandbox.layout.logs / "clusters" / f"{account}-{REGION}-{CLUSTER}"
        file = logs / "cluster-autoscaler.log"
        return file.read_text() if file.exists() else ""

    def await_logged(self, text: str, after: str) -> None:
        """Return once the log says `text` in what comes after `after`, an earlier state of it."""
        eventually(lambda: text in self.log.removeprefix(after), f"{text!r} in the log")

    # In the cluster

    def get(self, *what: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl.must("get", *what, "-o", "json"))
        return found

    def apply(self, manifest: dict[str, Any]) -> None:
        self.kubectl.must("apply", "-f", "-", stdin=manifest)

    def delete(self, *what: str) -> None:
        self.kubectl.must("delete", *what, "--ignore-not-found")

    def start_autoscaler_anew(self) -> None:
        """Another Pod in place of the present one."""
        self.delete("pods", *SYSTEM, "-l", "app=cluster-autoscaler")

    def nodes(self, kind: str) -> list[dict[str, Any]]:
        """The nodes of a group."""
        items: list[dict[str, Any]] = self.get("nodes", "-l", f"{TYPE}={kind}")["items"]
        return items

    def pod(self, name: str) -> dict[str, Any]:
        return self.get("pod", name)

    def runs(self, name: str) -> bool:
        return bool(self.pod(name)["status"].get("phase") == "Running")

    def events(self, reason: str, about: str) -> list[str]:
        """The messages of events of that reason about an object, in any namespace."""
        fields = f"reason={reason},involvedObject.name={about}"
        items = self.get("events", "-A", "--field-selector", fields)["items"]
        return [event["message"] for event in items]

    def status(self) -> dict[str, Any]:
        """What the autoscaler tells of itself."""
        data = self.get("configmap", "cluster-autoscaler-status", *SYSTEM)["data"]
        found: dict[str, Any] = yaml.safe_load(data["status"])
        return found

    # In AWS

    def group(self, kind: str) -> dict[str, Any]:
        """The auto scaling group behind a node group."""
        described = self.client("eks").describe_nodegroup(clusterName=CLUSTER, nodegroupName=kind)
        (name,) = (one["name"] for one in described["nodegroup"]["resources"]["autoScalingGroups"])
        answer = self.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[name]
        )
        found: dict[str, Any] = answer["AutoScalingGroups"][0]
        return found

    def launches(self, kind: str) -> int:
        """How many instances the group ever launched."""
        name = self.group(kind)["AutoScalingGroupName"]
        activities = self.client("autoscaling").describe_scaling_activities(
            AutoScalingGroupName=name
        )["Activities"]
        return sum(one["Description"].startswith("Launching") for one in activities)

    def tag(self, kind: str, tags: dict[str, str]) -> None:
        """Put tags of a node template on a group."""
        name = self.group(kind)["AutoScalingGroupName"]
        rows = [
            {**TAG, "ResourceId": name, "Key": f"{TEMPLATE}/{key}", "Value": value}
            for key, value in tags.items()
        ]
        self.client("autoscaling").create_or_update_tags(Tags=rows)

    def untag(self, kind: str, *keys: str) -> None:
        name = self.group(kind)["AutoScalingGroupName"]
        rows = [
            {"ResourceType": "auto-scaling-group", "ResourceId": name, "Key": f"{TEMPLATE}/{key}"}
            for key in keys
        ]
        self.client("autoscaling").delete_tags(Tags=rows)

    def is_empty(self, kind: str) -> bool:
        """Whether the group is at zero, with its nodes gone."""
        group = self.group(kind)
        return not (group["DesiredCapacity"] or group["Instances"] or self.nodes(kind))

    def may(self, *actions: str, scaling: str = CLUSTER) -> None:
        """Let the autoscaler's role do this everywhere, and scale the groups of one cluster."""
        owned = {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{scaling}": "owned"}
        statements = [
            {"Effect": "Allow", "Action": list(actions), "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": list(SCALING),
                "Resource": "*",
                "Condition": {"StringEquals": owned},
            },
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.client("iam").put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=document)

    def associate(self) -> None:
        """Give the autoscaler's service account its role."""
        role = self.client("iam").get_role(RoleName=ROLE)["Role"]["Arn"]
        self.client("eks").create_pod_identity_association(
            clusterName=CLUSTER,
            namespace="kube-system",
            serviceAccount="cluster-autoscaler",
            roleArn=role,
        )

    def dissociate(self) -> None:
        eks = self.client("eks")
        listed = eks.list_pod_identity_associations(clusterName=CLUSTER)["associations"]
        for one in listed:
            eks.delete_pod_identity_association(
                clusterName=CLUSTER, associationId=one["associationId"]
            )


def gpu_pod(name: str, selector: dict[str, str] | None = None) -> dict[str, Any]:
    """A training pod that needs a GPU, of nobody's but safe to evict."""
    container = {"name": "c", "image": "training", "resources": {"limits": {GPU: "1"}}}
    toleration = {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "containers": [container],
            "tolerations": [toleration],
            "nodeSelector": selector or {},
        },
    }


def web(replicas: int, cpu: str, selector: dict[str, str] | None = None) -> dict[str, Any]:
    """A Deployment; without a selector its pods may go anywhere."""
    container = {"name": "c", "image": "web", "resources": {"requests": {"cpu": cpu}}}
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [container], "nodeSelector": selector},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template,
        },
    }
