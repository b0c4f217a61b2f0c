"""The node that a group would add, as cluster-autoscaler imagines it (its aws_manager.go).

From the first instance type of the group, from its tags, and from what EKS tells of its node
group: never from the nodes themselves, which is what scaling from zero is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room, on_its_kind_of_node
from sigopt_sandbox.clusters.autoscaler.values.groups import Group
from sigopt_sandbox.clusters.autoscaler.values.nodes import (
    DELETION_CANDIDATE,
    TO_BE_DELETED,
    Node,
    Taint,
)
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod, read_pod
from sigopt_sandbox.clusters.autoscaler.values.quantities import THOUSAND, thousandths

PREFIX = "k8s.io/cluster-autoscaler/node-template/"
GPU = "nvidia.com/gpu"
PODS_A_NODE = 110
KUBE_PROXY_MILLICPU = 100
"""A template has a kube-proxy of 0.1 CPU on it, whatever the cluster has."""

_MIB = 1024**2
_HOSTNAME = "kubernetes.io/hostname"
_TAINT_VALUE = re.compile(r"(.*):(?:NoSchedule|NoExecute|PreferNoSchedule)")
_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
_PASSING_TAINTS = frozenset(
    {
        TO_BE_DELETED,
        DELETION_CANDIDATE,
        "node.cloudprovider.kubernetes.io/uninitialized",
        "node.cloudprovider.kubernetes.io/shutdown",
        *(
            f"node.kubernetes.io/{what}"
            for what in (
                "not-ready",
                "unreachable",
                "unschedulable",
                "memory-pressure",
                "disk-pressure",
                "pid-pressure",
                "network-unavailable",
            )
        ),
    }
)
_PASSING_PREFIXES = tuple(
    f"{kind}-taint.cluster-autoscaler.kubernetes.io/" for kind in ("ignore", "startup", "status")
)


@dataclass(frozen=True)
class MachineType:
    """An EC2 instance type."""

    name: str
    cpus: int
    memory_mib: int
    gpus: int
    """Of all makers together, as cluster-autoscaler counts them."""
    architecture: str


@dataclass(frozen=True)
class ManagedGroup:
    """What DescribeNodegroup adds to a template."""

    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    tags: Mapping[str, str]


def read_machine_type(described: Mapping[str, Any]) -> MachineType:
    """A type from an answer of DescribeInstanceTypes; all its values may be texts."""
    gpus = (described.get("GpuInfo") or {}).get("Gpus") or ()
    architectures = (described.get("ProcessorInfo") or {}).get("SupportedArchitectures") or ()
    return MachineType(
        name=described["InstanceType"],
        cpus=int((described.get("VCpuInfo") or {}).get("DefaultVCpus") or 0),
        memory_mib=int((described.get("MemoryInfo") or {}).get("SizeInMiB") or 0),
        gpus=sum(int(gpu.get("Count") or 0) for gpu in gpus),
        architecture="arm64" if [*architectures][:1] == ["arm64"] else "amd64",
    )


def read_managed_group(nodegroup: Mapping[str, Any]) -> ManagedGroup:
    """A node group from an answer of DescribeNodegroup.

    Pseudo labels that no node has are among the labels; a taint without a value is passed over.
    """
    given = {
        "diskSize": nodegroup.get("diskSize"),
        "amiType": nodegroup.get("amiType"),
        "eks.amazonaws.com/capacityType": nodegroup.get("capacityType"),
        "k8sVersion": nodegroup.get("version"),
        "eks.amazonaws.com/nodegroup": nodegroup.get("nodegroupName"),
    }
    return ManagedGroup(
        labels={key: str(value) for key, value in given.items() if value}
        | (nodegroup.get("labels") or {}),
        taints=tuple(
            Taint(one["key"], one["value"], _EFFECTS[one["effect"]])
            for one in nodegroup.get("taints") or ()
            if one.get("value") is not None
        ),
        tags=nodegroup.get("tags") or {},
    )


def managed_by_eks(group: Group) -> tuple[str, str] | None:
    """The cluster and the node group behind a group, as its tags name them."""
    cluster, nodegroup = group.tags.get("eks:cluster-name"), group.tags.get("eks:nodegroup-name")
    return (cluster, nodegroup) if cluster and nodegroup else None


def template_of_group(group: Group, kind: MachineType, managed: ManagedGroup | None) -> Node:
    """The node that the group would add.

    Raises ValueError when the group has no zone.
    """
    if not group.zones:
        raise ValueError(f'unable to get first AvailabilityZone for ASG "{group.name}"')
    zone, name = group.zones[0], f"{group.name}-asg-template"
    labels = {
        "kubernetes.io/arch": kind.architecture,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": kind.name,
        "topology.kubernetes.io/region": zone[:-1],
        "topology.kubernetes.io/zone": zone,
        "topology.ebs.csi.aws.com/zone": zone,
        _HOSTNAME: name,
    }
    capacity = {
        "pods": PODS_A_NODE * THOUSAND,
        "cpu": kind.cpus * THOUSAND,
        GPU: kind.gpus * THOUSAND,
        "memory": kind.memory_mib * _MIB * THOUSAND,
    }
    resources, taints = _tagged(group.tags, "resources/"), _tagged_taints(group.tags)
    labels |= _tagged(group.tags, "label/") | _tagged(group.tags, "eks:", prefix="")
    if managed:
        labels |= managed.labels
        taints += managed.taints
        resources |= _tagged(managed.tags, "resources/")
    capacity |= _quantities(resources)
    node = Node(name, labels, taints, allocatable=capacity, capacity=capacity)
    return sanitized(node, name)


def _tagged(tags: Mapping[str, str], what: str, prefix: str = PREFIX) -> dict[str, str]:
    """What tags of one kind say, by the rest of their keys."""
    found = ((key.partition(prefix + what)[2], value) for key, value in tags.items())
    return {name: value for name, value in found if name}


def _tagged_taints(tags: Mapping[str, str]) -> tuple[Taint, ...]:
    """Taints of tags, whose values are written "value:Effect"; others say nothing."""
    found = _tagged(tags, "taint/").items()
    return tuple(
        Taint(key, *value.split(":", 1)) for key, value in found if _TAINT_VALUE.match(value)
    )


def _quantities(resources: Mapping[str, str]) -> dict[str, int]:
    """Amounts of resources; what is no quantity is passed over."""
    found = {}
    for name, quantity in resources.items():
        try:
            found[name] = thousandths(quantity)
        except ValueError:
            continue
    return found


def sanitized(node: Node, name: str) -> Node:
    """A node as a new one of its group would be: without what comes and goes on it."""
    return replace(
        node,
        name=name,
        labels={**node.labels, _HOSTNAME: name},
        taints=tuple(taint for taint in node.taints if not _passing(taint.key)),
        unschedulable=False,
        ready=True,
        provider_id="",
        annotations=None,
    )


def _passing(key: str) -> bool:
    return key in _PASSING_TAINTS or key.startswith(_PASSING_PREFIXES)


def room_of_template(node: Node, daemon_sets: Iterable[Mapping[str, Any]]) -> Room:
    """The template of a group with the pods that every new node of it would have."""
    daemons = (daemon_pod(one) for one in daemon_sets)
    here = [pod for pod in daemons if on_its_kind_of_node(pod, node)]
    return Room.of(node, [_kube_proxy(), *here])


def room_of_example(node: Node, pods: Iterable[Pod]) -> Room:
    """A running node of a group as an example of a new one: with its pods of DaemonSets only."""
    staying = [pod for pod in pods if pod.of_daemon_set or pod.mirror]
    return Room.of(sanitized(node, f"{node.name}-template"), staying)


def daemon_pod(daemon_set: Mapping[str, Any]) -> Pod:
    """The pod that a DaemonSet puts on a node, with what its controller adds to tolerate."""
    template = daemon_set["spec"]["template"]
    tolerations = [
        *(template["spec"].get("tolerations") or ()),
        *(
            {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": effect}
            for what, effect in (
                ("not-ready", "NoExecute"),
                ("unreachable", "NoExecute"),
                ("disk-pressure", "NoSchedule"),
                ("memory-pressure", "NoSchedule"),
                ("pid-pressure", "NoSchedule"),
                ("unschedulable", "NoSchedule"),
            )
        ),
    ]
    name = daemon_set["metadata"]["name"]
    metadata = {
        **(template.get("metadata") or {}),
        "name": name,
        "namespace": daemon_set["metadata"]["namespace"],
        "ownerReferences": [{"kind": "DaemonSet", "name": name, "controller": True}],
    }
    return read_pod(
        {"metadata": metadata, "spec": {**template["spec"], "tolerations": tolerations}}
    )


def _kube_proxy() -> Pod:
    metadata = {
        "name": "kube-proxy",
        "namespace": "kube-system",
        "annotations": {"kubernetes.io/config.mirror": "1234567890abcdef"},
    }
    requests = {"cpu": f"{KUBE_PROXY_MILLICPU}m"}
    container = {"name": "kube-proxy", "resources": {"requests": requests}}
    return read_pod({"metadata": metadata, "spec": {"containers": [container]}})
