"""Instances as Nodes: what is registered, drained and given GPUs, as pure values."""

from typing import Any

import pytest
from tests.sandbox.clusters.fakes import FakeAws, node

from sigopt_sandbox.clusters.allocatable import allocatable
from sigopt_sandbox.clusters.nodes import GpuChange, NodeChanges, node_changes, node_manifest
from sigopt_sandbox.clusters.wanted import WantedCluster, read_clusters


def cluster(*nodes: dict[str, Any]) -> WantedCluster:
    listed = FakeAws().add_cluster("one", nodes=list(nodes))
    (wanted,) = read_clusters([listed]).values()
    return wanted


def registered(wanted: WantedCluster) -> dict[tuple[str, str], Any]:
    """The Nodes of a cluster as they are once registered."""
    nodes = {("", one.name): node_manifest(one, wanted) for one in wanted.nodes}
    for manifest in nodes.values():
        manifest["metadata"]["resourceVersion"] = "1"
    return nodes


def device_plugin_on(name: str, phase: str = "Running") -> dict[tuple[str, str], Any]:
    container = {"image": "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"}
    pod = {
        "spec": {"nodeName": name, "containers": [container]},
        "metadata": {},
        "status": {"phase": phase},
    }
    return {("kube-system", "plugin"): pod}


GPU_NODE = node("ip-10-0-0-9", capacity={"cpu": "8", "memory": "32Gi", "pods": "58"}, gpu=1)


def test_every_instance_in_service_is_registered() -> None:
    wanted = cluster(node("ip-10-0-0-1"), node("ip-10-0-0-2"))
    changes = node_changes(wanted.nodes, {}, {})
    assert changes.register == wanted.nodes
    assert not changes.drain


def test_an_instance_that_has_not_joined_yet_is_not_registered() -> None:
    assert cluster(node("ip-10-0-0-1", ready=False)).nodes == ()


def test_nothing_is_done_when_all_is_there() -> None:
    wanted = cluster(node("ip-10-0-0-1"), GPU_NODE)
    changes = node_changes(wanted.nodes, registered(wanted), {})
    assert changes == NodeChanges((), (), (), ())


def test_the_node_of_an_instance_that_went_is_drained() -> None:
    before, after = cluster(node("ip-10-0-0-1"), node("ip-10-0-0-2")), cluster(node("ip-10-0-0-2"))
    changes = node_changes(after.nodes, registered(before), {})
    assert changes.drain == (before.nodes[0].name,)


def test_a_name_that_passed_to_another_instance_is_drained_before_it_is_registered_anew() -> None:
    before = cluster(node("ip-10-0-0-1"))
    after = cluster(node("ip-10-0-0-1", providerID="aws:///us-west-2a/i-another"))
    changes = node_changes(after.nodes, registered(before), {})
    assert changes.drain == (before.nodes[0].name,)
    assert changes.register == ()


def test_nodes_of_other_people_are_left_alone() -> None:
    theirs = {("", "mine"): {"metadata": {"name": "mine"}, "spec": {}}}
    assert node_changes((), theirs, {}).drain == ()


def test_gpus_are_advertised_once_a_device_plugin_runs_on_the_node() -> None:
    wanted = cluster(GPU_NODE)
    name = wanted.nodes[0].name
    starting = node_changes(wanted.nodes, registered(wanted), device_plugin_on(name, "Pending"))
    assert starting.gpus == ()
    running = node_changes(wanted.nodes, registered(wanted), device_plugin_on(name))
    assert running.gpus == (GpuChange(name, allocatable=1, capacity=1),)


def test_gpus_become_unusable_when_the_device_plugin_goes() -> None:
    wanted = cluster(GPU_NODE)
    nodes = registered(wanted)
    name = wanted.nodes[0].name
    for amounts in ("capacity", "allocatable"):
        nodes["", name]["status"][amounts]["nvidia.com/gpu"] = "1"
    assert node_changes(wanted.nodes, nodes, {}).gpus == (GpuChange(name, 0, 1),)


def test_gpus_listed_as_capacity_are_not_advertised_at_registration() -> None:
    capacity = {"cpu": "8", "memory": "32Gi", "pods": "58", "nvidia.com/gpu": "4"}
    wanted = cluster(node("ip-10-0-0-9", capacity=capacity))
    manifest = node_manifest(wanted.nodes[0], wanted)
    assert wanted.nodes[0].gpus == 4
    assert "nvidia.com/gpu" not in manifest["status"]["capacity"]


def test_a_node_has_the_version_of_its_group_which_may_be_behind_the_clusters() -> None:
    wanted = cluster(node("ip-10-0-0-1", version="1.33"), node("ip-10-0-0-2"))
    versions = [
        node_manifest(one, wanted)["status"]["nodeInfo"]["kubeletVersion"] for one in wanted.nodes
    ]
    assert versions == ["v1.33.0-eks-simulated", "v1.34.0-eks-simulated"]


def test_a_node_has_the_labels_taints_and_identity_of_its_instance() -> None:
    taint = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    wanted = cluster(node("ip-10-0-1-7", taints=[taint], instanceType="g5.xlarge"))
    manifest = node_manifest(wanted.nodes[0], wanted)
    assert manifest["spec"]["taints"] == [taint]
    assert manifest["spec"]["providerID"].startswith("aws:///us-west-2a/i-")
    assert manifest["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "g5.xlarge"
    assert manifest["metadata"]["labels"]["orchestrate.sigopt.com/node-group-type"] == "system"
    assert {"type": "InternalIP", "address": "10.0.1.7"} in manifest["status"]["addresses"]


def test_changed_labels_and_taints_of_a_group_reach_its_nodes_and_others_stay() -> None:
    old = {"key": "old", "value": "1", "effect": "NoSchedule"}
    new = {"key": "new", "value": "1", "effect": "NoSchedule"}
    theirs = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
    before = cluster(node("ip-10-0-0-1", labels={"a": "1", "b": "1"}, taints=[old]))
    after = cluster(node("ip-10-0-0-1", labels={"a": "2"}, taints=[new]))
    nodes = registered(before)
    ((_, manifest),) = nodes.items()
    manifest["spec"]["taints"].append(theirs)
    ((name, patch),) = node_changes(after.nodes, nodes, {}).settings
    assert name == after.nodes[0].name
    assert patch["metadata"]["labels"] == {"a": "2", "b": None}
    assert patch["spec"]["taints"] == [theirs, new]


def test_what_an_instance_was_launched_from_stays_on_its_label() -> None:
    label = "eks.amazonaws.com/sourceLaunchTemplateVersion"
    before = cluster(node("ip-10-0-0-1", labels={label: "1"}))
    after = cluster(node("ip-10-0-0-1", labels={label: "2"}))
    assert node_changes(after.nodes, registered(before), {}).settings == ()


@pytest.mark.parametrize(
    ("capacity", "cpu", "memory"),
    [
        pytest.param({"cpu": "2", "memory": "8Gi", "pods": "35"}, "1930m", "7452Mi", id="t3.large"),
        pytest.param(
            {"cpu": "8", "memory": "32Gi", "pods": "58"}, "7910m", "31775Mi", id="m5.2xlarge"
        ),
    ],
)
def test_pods_get_what_the_kubelet_of_an_eks_image_leaves(
    capacity: dict[str, str], cpu: str, memory: str
) -> None:
    left = allocatable(capacity)
    kibibytes = int(memory.removesuffix("Mi")) * 1024
    assert left == {"cpu": cpu, "memory": f"{kibibytes}Ki", "pods": capacity["pods"]}
