"""The nodes of simulated clusters: every InService instance of their auto scaling groups."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from sigopt_sandbox.aws.eks import images, instance_types, nodegroup_life, templates
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.errors import ApiError
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Nodegroup, Scope

EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
# DescribeAutoScalingGroups takes at most this many names.
GROUPS_A_CALL = 50
WANTS_ENDPOINT = ("CREATING", "ACTIVE", "UPDATING")


@dataclass
class NodeFacts:
    """What never changes about an instance or a type: asked once, remembered."""

    instances: dict[str, Doc] = field(default_factory=dict)
    types: dict[tuple[Scope, str], Doc] = field(default_factory=dict)
    disks: dict[str, int] = field(default_factory=dict)


class Listing:
    """The listing for whoever polls it, kept a while when it was long in the making.

    With hundreds of clusters it takes a tenth of a second of the one thread that serves all of the
    simulated AWS, so that a poller may have at most a fifth of it; a short one is always fresh.
    """

    _SHORT_SECONDS = 0.02
    _KEPT_TIMES = 4.0

    def __init__(self, eks: Eks) -> None:
        """Nothing is asked before the first `get`."""
        self._eks = eks
        self._facts = NodeFacts()
        self._kept: list[Doc] = []
        self._until = 0.0

    def get(self, *, anew: bool = False) -> list[Doc]:
        """What `listing` answers, or answered just now unless that is to be made `anew`."""
        began = time.monotonic()
        if began < self._until and not anew:
            return self._kept
        self._kept = listing(self._eks, self._facts)
        took = time.monotonic() - began
        keep = took * self._KEPT_TIMES if took > self._SHORT_SECONDS else 0.0
        self._until = time.monotonic() + keep
        return self._kept


def listing(eks: Eks, facts: NodeFacts) -> list[Doc]:
    """Every cluster with what should have an endpoint, and the nodes that should be in it."""
    found = []
    scopes = sorted({scope for scope, _ in eks.world.clusters})
    for scope in scopes:
        clusters = list(eks.world.within(scope))
        members = _members(eks, scope, clusters)
        _learn(eks, scope, facts, [i["InstanceId"] for group in members.values() for i in group])
        found += [_cluster(eks, cluster, members, facts) for cluster in clusters]
    return found


def _members(eks: Eks, scope: Scope, clusters: list[Cluster]) -> dict[str, list[Doc]]:
    """The InService instances of every group of these clusters, by group name."""
    names = [
        nodegroup.group_name
        for cluster in clusters
        for nodegroup in cluster.nodegroups.values()
        if nodegroup.doc["resources"]
    ]
    members: dict[str, list[Doc]] = {}
    for start in range(0, len(names), GROUPS_A_CALL):
        answer = eks.cloud.autoscaling(
            scope,
            "DescribeAutoScalingGroups",
            AutoScalingGroupNames=names[start : start + GROUPS_A_CALL],
        )
        for group in answer.get("AutoScalingGroups", []):
            instances = group.get("Instances", [])
            members[group["AutoScalingGroupName"]] = [
                i for i in instances if i["LifecycleState"] == "InService"
            ]
    return members


def _learn(eks: Eks, scope: Scope, facts: NodeFacts, ids: list[str]) -> None:
    new = [instance for instance in ids if instance not in facts.instances]
    if not new:
        return
    # By filter: one that went away in between is not an error.
    by_id = [{"Name": "instance-id", "Values": new}]
    answer = eks.cloud.ec2(scope, "DescribeInstances", Filters=by_id)
    for reservation in answer.get("Reservations", []):
        for instance in reservation.get("Instances", []):
            facts.instances[instance["InstanceId"]] = {
                "name": instance["PrivateDnsName"],
                "zone": instance["Placement"]["AvailabilityZone"],
                "type": instance["InstanceType"],
            }


def _cluster(eks: Eks, cluster: Cluster, members: dict[str, list[Doc]], facts: NodeFacts) -> Doc:
    nodes = []
    for nodegroup in cluster.nodegroups.values():
        ready = nodegroup_life.nodes_can_join(eks, cluster, nodegroup)
        for instance in members.get(nodegroup.group_name, []):
            known = facts.instances.get(instance["InstanceId"])
            if known is not None:
                node = _node(eks, cluster, nodegroup, instance["InstanceId"], known, facts)
                nodes.append({**node, "ready": ready})
    return {
        "account": cluster.scope.account,
        "region": cluster.scope.region,
        "name": cluster.name,
        "arn": cluster.doc["arn"],
        "version": cluster.doc["version"],
        "status": cluster.status,
        "wantsEndpoint": cluster.status in WANTS_ENDPOINT,
        "addons": _addons(cluster),
        "nodes": nodes,
    }


def _addons(cluster: Cluster) -> list[Doc]:
    """The add-ons whose objects are in the cluster; a self-managed one has no known version."""
    managed = [
        {"name": name, "version": addon.doc["addonVersion"], "status": addon.doc["status"]}
        for name, addon in cluster.addons.items()
        if addon.doc["status"] not in ("CREATE_FAILED", "DELETING")
    ]
    unmanaged = [
        {"name": name, "version": "", "status": "SELF_MANAGED"}
        for name in sorted(cluster.self_managed)
    ]
    return managed + unmanaged


def _node(
    eks: Eks, cluster: Cluster, nodegroup: Nodegroup, instance: str, known: Doc, facts: NodeFacts
) -> Doc:
    kind = _type(eks, cluster.scope, known["type"], facts)
    image = nodegroup.doc["amiType"]
    drivers = images.has_nvidia_driver(image) or image == "CUSTOM"
    gpus = instance_types.nvidia_gpus(kind) if drivers else 0
    capacity = instance_types.capacity(kind, _disk(eks, cluster, nodegroup, facts))
    return {
        "name": known["name"],
        "instanceId": instance,
        "zone": known["zone"],
        "nodegroup": nodegroup.doc["nodegroupName"],
        "instanceType": known["type"],
        "version": nodegroup.doc["version"],
        "providerID": f"aws:///{known['zone']}/{instance}",
        "labels": _labels(cluster, nodegroup, known, kind),
        "taints": _taints(nodegroup),
        "capacity": capacity,
        # What a device plugin would advertise as nvidia.com/gpu; a node has it only with one.
        "gpu": gpus,
    }


def _labels(cluster: Cluster, nodegroup: Nodegroup, known: Doc, kind: Doc) -> dict[str, str]:
    arch = kind["ProcessorInfo"]["SupportedArchitectures"]
    labels = {
        **nodegroup.doc["labels"],
        "eks.amazonaws.com/nodegroup": nodegroup.doc["nodegroupName"],
        "eks.amazonaws.com/nodegroup-image": nodegroup.image_id,
        "eks.amazonaws.com/capacityType": nodegroup.doc["capacityType"],
        "kubernetes.io/arch": "arm64" if "arm64" in arch else "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": known["name"],
        "node.kubernetes.io/instance-type": known["type"],
        "topology.kubernetes.io/region": cluster.scope.region,
        "topology.kubernetes.io/zone": known["zone"],
    }
    template = nodegroup.doc.get("launchTemplate")
    if template:
        labels["eks.amazonaws.com/sourceLaunchTemplateId"] = template["id"]
        labels["eks.amazonaws.com/sourceLaunchTemplateVersion"] = template["version"]
    return labels


def _taints(nodegroup: Nodegroup) -> list[Doc]:
    return [
        {"key": t["key"], "value": t.get("value", ""), "effect": EFFECTS[t["effect"]]}
        for t in nodegroup.doc.get("taints") or []
    ]


def _type(eks: Eks, scope: Scope, name: str, facts: NodeFacts) -> Doc:
    known = facts.types.get((scope, name))
    if known is None:
        try:
            known = instance_types.described(eks, scope, [name])[0]
        except (ApiError, IndexError):
            known = _small_machine(name)
        facts.types[(scope, name)] = known
    return known


def _small_machine(name: str) -> Doc:
    """Stands in for a type that EC2 no longer describes."""
    return {
        "InstanceType": name,
        "VCpuInfo": {"DefaultVCpus": 2},
        "MemoryInfo": {"SizeInMiB": 4096},
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
    }


def _disk(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, facts: NodeFacts) -> int:
    """The volume of a node: the request's, or the one in the launch template."""
    template: dict[str, Any] | None = nodegroup.doc.get("launchTemplate")
    if not template:
        return nodegroup_life.disk_gib(nodegroup)
    key = f"{cluster.key}/{template['id']}/{template['version']}"
    if key not in facts.disks:
        which = {"id": template["id"], "version": template["version"]}
        try:
            size = templates.read(eks, cluster.scope, which).disk_gib
        except (ApiError, AwsError):
            size = None
        facts.disks[key] = size or nodegroup_life.disk_gib(nodegroup)
    return facts.disks[key]
