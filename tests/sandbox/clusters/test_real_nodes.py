"""Instances are nodes of a real endpoint, and workloads run on them."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.reliability.kube import Object
from tests.sandbox.clusters.fakes import FakeAws, node
from tests.sandbox.clusters.process import Api, ClustersProcess, eventually
from tests.sandbox.clusters.training import (
    CLUSTER,
    NODES,
    PODS,
    followed,
    items,
    node_names,
    phase,
    pod,
    revision,
    set_nodes,
)

GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
GPU_LABEL = {"orchestrate.sigopt.com/node-group-type": "gpu"}
GPU_CAPACITY = {"cpu": "4", "memory": "16Gi", "pods": "29"}


@pytest.fixture
def nodes(fake: FakeAws) -> Iterator[list[dict[str, Any]]]:
    """The instances in service; what a test adds goes after it."""
    (cluster,) = (one for one in fake.clusters if one["name"] == CLUSTER)
    before = list(cluster["nodes"])
    yield cluster["nodes"]
    cluster["nodes"] = before


def test_instances_are_ready_nodes(admin: Api, clusters: ClustersProcess) -> None:
    def ready() -> bool:
        return any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for one in items(admin, "/api/v1/nodes")
            for condition in one["status"].get("conditions", ())
        )

    eventually(ready, "the node is ready")
    assert node_names(admin) == ["ip-10-0-0-1"]


def test_addons_become_ready_on_the_nodes(admin: Api) -> None:
    def status(path: str) -> dict[str, Any]:
        answer = admin("GET", f"/apis/apps/v1/namespaces/kube-system/{path}")
        return dict(answer.body["status"]) if answer.status == 200 else {}

    def replicas() -> bool:
        return bool(status("deployments/coredns").get("availableReplicas") == 2)

    def daemons() -> bool:
        return bool(status("daemonsets/aws-node").get("numberReady") == 1)

    eventually(replicas, "coredns is available")
    eventually(daemons, "aws-node runs")


def test_a_pod_waits_for_a_node_with_room(
    fake: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    admin("POST", PODS, pod("large", cpu="3"))

    def unschedulable() -> bool:
        conditions = admin("GET", f"{PODS}/large").body["status"].get("conditions", [])
        return any(one.get("reason") == "Unschedulable" for one in conditions)

    eventually(unschedulable, "the pod is found unschedulable")
    set_nodes(fake, [*nodes, node("ip-10-0-0-2", capacity=GPU_CAPACITY)])
    eventually(lambda: phase(admin, "large") == "Running", "the pod runs on the new node")
    admin("DELETE", f"{PODS}/large")


def test_gpus_are_there_once_the_device_plugin_runs(
    fake: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    gpu_node = node(
        "ip-10-0-0-3", labels=GPU_LABEL, taints=[GPU_TAINT], capacity=GPU_CAPACITY, gpu=1
    )
    set_nodes(fake, [*nodes, gpu_node])
    tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    training = pod("gpu-training", tolerations=tolerations)
    training["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": "1"}}
    admin("POST", PODS, training)
    path = f"/api/v1/nodes/{gpu_node['name']}"
    eventually(lambda: admin("GET", path).status == 200, "the node is registered")
    assert "nvidia.com/gpu" not in admin("GET", path).body["status"]["allocatable"]

    labels = {"name": "nvidia-device-plugin"}
    container = {"name": "c", "image": "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"}
    template = {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [container],
            "nodeSelector": GPU_LABEL,
            "tolerations": tolerations,
        },
    }
    plugin = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "nvidia", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    admin("POST", "/apis/apps/v1/namespaces/kube-system/daemonsets", plugin)
    eventually(lambda: phase(admin, "gpu-training") == "Running", "the pod got its GPU")
    assert admin("GET", path).body["status"]["allocatable"]["nvidia.com/gpu"] == "1"
    admin("DELETE", f"{PODS}/gpu-training")
    admin("DELETE", "/apis/apps/v1/namespaces/kube-system/daemonsets/nvidia")


def test_changed_labels_of_a_group_reach_the_nodes_that_run(
    fake: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    path = f"/api/v1/nodes/{nodes[0]['name']}"
    set_nodes(fake, [nodes[0] | {"labels": {"team": "vision"}}])
    eventually(lambda: _labels(admin, path).get("team") == "vision", "the label is there")
    set_nodes(fake, nodes)
    eventually(lambda: "team" not in _labels(admin, path), "the label is gone")


def _labels(api: Api, path: str) -> dict[str, str]:
    labels: dict[str, str] = api("GET", path).body["metadata"]["labels"]
    return labels


def test_the_node_of_an_instance_that_went_is_drained_and_gone(
    fake: FakeAws, admin: Api, clusters: ClustersProcess, nodes: list[dict[str, Any]]
) -> None:
    label = {"going": "soon"}
    set_nodes(fake, [*nodes, node("ip-10-0-0-4", labels=label)])
    admin("POST", PODS, pod("on-it", nodeSelector=label))
    eventually(lambda: phase(admin, "on-it") == "Running", "the pod runs")
    with followed(clusters, PODS) as of_pods:
        set_nodes(fake, nodes)
        eventually(lambda: "ip-10-0-0-4" not in node_names(admin), "the node is gone")
        _until_gone(of_pods, "on-it", "its pod is gone")
    assert _evicted(_gone(of_pods, "on-it"))


def test_a_disruption_budget_delays_a_drain_and_does_not_prevent_it(
    fake: FakeAws, admin: Api, clusters: ClustersProcess, nodes: list[dict[str, Any]]
) -> None:
    label = {"going": "late"}
    set_nodes(fake, [*nodes, node("ip-10-0-0-5", labels=label)])
    admin("POST", PODS, pod("guarded", nodeSelector=label))
    eventually(lambda: phase(admin, "guarded") == "Running", "the pod runs")
    budget = {
        "metadata": {"name": "guard"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "guarded"}}},
    }
    budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    admin("POST", budgets, budget)

    def guarded() -> bool:
        status = admin("GET", f"{budgets}/guard").body["status"]
        return bool(status.get("currentHealthy") == 1)

    eventually(guarded, "the budget counts its pod")
    with followed(clusters, NODES) as of_nodes, followed(clusters, PODS) as of_pods:
        set_nodes(fake, nodes)
        _until_gone(of_nodes, "ip-10-0-0-5", "the node is gone all the same")
        _until_gone(of_pods, "guarded", "and its pod")
    cordoned = next(c for c in of_nodes if c["object"]["spec"].get("unschedulable"))
    gone = _gone(of_pods, "guarded")
    assert revision(cordoned) < revision(gone)
    assert gone["object"]["status"]["phase"] == "Running"
    assert not _evicted(gone), "its budget forbids that, and so it was held back until the end"
    admin("DELETE", f"{budgets}/guard")


def _until_gone(changes: list[Object], name: str, what: str) -> None:
    eventually(lambda: _gone(changes, name), what)


def _gone(changes: list[Object], name: str) -> Object:
    """The change with which it went; empty before that."""
    gone = (c for c in changes if c["type"] == "DELETED")
    return next((c for c in gone if c["object"]["metadata"]["name"].split(".")[0] == name), {})


def _evicted(change: Object) -> bool:
    """Whether an eviction ended the pod ("Pod disruption conditions" of Kubernetes)."""
    conditions = change["object"]["status"].get("conditions", ())
    return any(c["type"] == "DisruptionTarget" for c in conditions)
