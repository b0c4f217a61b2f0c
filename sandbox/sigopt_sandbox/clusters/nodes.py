"""Instances as Nodes: what to register, drain and give GPUs. Pure: values in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sigopt_sandbox.clusters.allocatable import allocatable
from sigopt_sandbox.clusters.node_settings import settings_annotation, settings_patch, taints
from sigopt_sandbox.clusters.wanted import GPU_RESOURCE, WantedCluster, WantedNode

KWOK_ANNOTATION = "kwok.x-k8s.io/node"
"""kwok keeps the nodes that carry it Ready, and runs the pods on them; it leaves others alone."""
DEVICE_PLUGIN_IMAGE = "k8s-device-plugin"

Objects = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class GpuChange:
    """Another amount of GPUs that a node should advertise."""

    node: str
    allocatable: int
    capacity: int


@dataclass(frozen=True)
class NodeChanges:
    """What to do so that the cluster's Nodes are the instances in service."""

    register: tuple[WantedNode, ...]
    drain: tuple[str, ...]
    gpus: tuple[GpuChange, ...]
    settings: tuple[tuple[str, dict[str, Any]], ...]
    """Nodes, each with the merge patch for its group's new labels and taints."""


def node_changes(wanted_nodes: Iterable[WantedNode], nodes: Objects, pods: Objects) -> NodeChanges:
    """The changes, given the cluster's Nodes and Pods.

    Nodes that this process did not make are left alone. A Node whose name now belongs to another
    instance is drained first and registered anew after.
    """
    by_name = {node.name: node for node in wanted_nodes}
    ours = {name: node for (_, name), node in nodes.items() if is_simulated(node)}
    present = {name for _, name in nodes}
    gone = {name for name, node in ours.items() if not _same_instance(by_name.get(name), node)}
    staying = [(node, ours[name]) for name, node in by_name.items() if name in ours.keys() - gone]
    with_plugin = _nodes_with_device_plugin(pods)
    patches = [(wanted.name, settings_patch(wanted, node)) for wanted, node in staying]
    return NodeChanges(
        register=tuple(node for name, node in by_name.items() if name not in present),
        drain=tuple(sorted(gone)),
        gpus=tuple(
            change
            for wanted, node in staying
            for change in _gpu_change(wanted, node, wanted.name in with_plugin)
        ),
        settings=tuple((name, patch) for name, patch in patches if patch),
    )


def is_simulated(node: Mapping[str, Any]) -> bool:
    """Whether a Node is one of ours."""
    return KWOK_ANNOTATION in (node["metadata"].get("annotations") or {})


def pods_on(node: str, pods: Objects) -> list[Mapping[str, Any]]:
    """The pods bound to a node."""
    return [pod for pod in pods.values() if pod["spec"].get("nodeName") == node]


def evictable(pod: Mapping[str, Any]) -> bool:
    """Whether a drain evicts the pod: those of DaemonSets stay until the node goes."""
    owners = pod["metadata"].get("ownerReferences") or ()
    return not any(owner["kind"] == "DaemonSet" for owner in owners)


def node_manifest(node: WantedNode, cluster: WantedCluster) -> dict[str, Any]:
    """The Node as the kubelet of an EKS node registers it (GPUs come with the device plugin)."""
    capacity = dict(node.capacity)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": _labels(node, cluster),
            "annotations": {KWOK_ANNOTATION: "fake"} | settings_annotation(node),
        },
        "spec": {
            "providerID": node.provider_id,
            "taints": taints(node),
        },
        "status": {
            "capacity": capacity,
            "allocatable": allocatable(capacity),
            "addresses": _addresses(node.name),
            "nodeInfo": _node_info(node),
        },
    }


def gpu_patch(change: GpuChange) -> dict[str, Any]:
    """The merge patch of a node's status for another amount of GPUs."""
    return {
        "status": {
            "capacity": {GPU_RESOURCE: str(change.capacity)},
            "allocatable": {GPU_RESOURCE: str(change.allocatable)},
        }
    }


def _same_instance(wanted: WantedNode | None, node: Mapping[str, Any]) -> bool:
    return wanted is not None and node["spec"].get("providerID") == wanted.provider_id


def _nodes_with_device_plugin(pods: Objects) -> set[str]:
    """Nodes on which a pod of the NVIDIA device plugin runs."""
    return {
        pod["spec"].get("nodeName", "")
        for pod in pods.values()
        if pod.get("status", {}).get("phase") == "Running"
        and any(DEVICE_PLUGIN_IMAGE in one.get("image", "") for one in pod["spec"]["containers"])
    }


def _gpu_change(wanted: WantedNode, node: Mapping[str, Any], plugin: bool) -> tuple[GpuChange, ...]:
    """Without a plugin nothing is advertised; when one leaves, the capacity stays, unusable."""
    if not wanted.gpus:
        return ()
    status = node.get("status", {})
    capacity = int(status.get("capacity", {}).get(GPU_RESOURCE, 0))
    usable = int(status.get("allocatable", {}).get(GPU_RESOURCE, 0))
    change = GpuChange(
        wanted.name,
        allocatable=wanted.gpus if plugin else 0,
        capacity=wanted.gpus if plugin else capacity,
    )
    return () if (change.allocatable, change.capacity) == (usable, capacity) else (change,)


def _labels(node: WantedNode, cluster: WantedCluster) -> dict[str, str]:
    """The labels that every EKS node has, and the node group's own."""
    labels = dict(node.labels)
    architecture = labels.get("kubernetes.io/arch", "amd64")
    return {
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": node.instance_type,
        "topology.kubernetes.io/region": cluster.key.region,
        "topology.kubernetes.io/zone": node.zone,
    } | labels


def _addresses(name: str) -> list[dict[str, str]]:
    """The addresses, of which the IP is read from a name like ip-10-0-1-2.REGION...internal."""
    found = re.match(r"ip-(\d+)-(\d+)-(\d+)-(\d+)\.", name)
    internal = [{"type": "InternalIP", "address": ".".join(found.groups())}] if found else []
    named = ("InternalDNS", "Hostname")
    return [*internal, *({"type": kind, "address": name} for kind in named)]


def _node_info(node: WantedNode) -> dict[str, str]:
    architecture = dict(node.labels).get("kubernetes.io/arch", "amd64")
    return {
        "architecture": architecture,
        "bootID": node.instance_id,
        "containerRuntimeVersion": "containerd://2.1.5",
        "kernelVersion": "6.12.46-66.121.amzn2023",
        "kubeProxyVersion": "",
        "kubeletVersion": f"v{node.version}.0-eks-simulated",
        "machineID": node.instance_id,
        "operatingSystem": "linux",
        "osImage": "Amazon Linux 2023",
        "systemUUID": node.instance_id,
    }
