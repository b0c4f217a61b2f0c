"""A cluster of a sandbox grows from zero for the pods that wait, and shrinks to zero after them."""

from collections.abc import Iterator
from functools import partial

import pytest
from tests.sandbox.clusters.autoscaler import making
from tests.sandbox.clusters.autoscaler.world import (
    ASKING_EKS,
    CLUSTER,
    LOOKING,
    SYSTEM,
    TYPE,
    World,
    gpu_pod,
    web,
)
from tests.sandbox.clusters.process import eventually

from sigopt_sandbox.launcher import Sandbox


@pytest.fixture(scope="module")
def made(sandbox: Sandbox) -> Iterator[World]:
    with making.cluster(sandbox) as world:
        yield world


@pytest.fixture
def world(made: World) -> Iterator[World]:
    """The cluster; what a test changes is as it was afterwards, and all groups are at zero."""
    yield made
    made.may(*LOOKING, ASKING_EKS)
    made.delete("pods", "-n", "default", "--all")
    for kind in ("cpu", "gpu"):
        eventually(partial(made.is_empty, kind), f"the group {kind} is at zero again")


def test_a_gpu_pod_that_waits_runs_on_a_gpu_node_and_nowhere_else(world: World) -> None:
    launched = world.launches("gpu")
    world.apply(gpu_pod("first"))
    eventually(lambda: world.runs("first"), "the pod runs")
    (node,) = world.nodes("gpu")
    assert world.pod("first")["spec"]["nodeName"] == node["metadata"]["name"]
    assert world.launches("gpu") == launched + 1
    assert not world.nodes("cpu")
    name = world.group("gpu")["AutoScalingGroupName"]
    assert world.events("TriggeredScaleUp", "first") == [
        f"pod triggered scale-up: [{{{name} 0->1 (max: 2)}}]"
    ]
    about = "cluster-autoscaler-status"
    assert f"Scale-up: group {name} size set to 1 instead of 0 (max: 2)" in world.events(
        "ScaledUpGroup", about
    )


def test_a_group_is_at_zero_again_after_its_last_pod(world: World) -> None:
    world.apply(gpu_pod("short"))
    eventually(lambda: world.runs("short"), "the pod runs")
    (node,) = (one["metadata"]["name"] for one in world.nodes("gpu"))
    world.delete("pod", "short")
    eventually(lambda: world.is_empty("gpu"), "the group is at zero")
    about = "cluster-autoscaler-status"
    assert f"Scale-down: empty node {node} removed" in world.events("ScaleDownEmpty", about)
    assert len(world.nodes("system")) == 1


def test_the_status_tells_of_every_group(world: World) -> None:
    def told() -> bool:
        return bool(world.status()["autoscalerStatus"] == "Running")

    eventually(told, "the autoscaler runs")
    groups = {one["name"].split("-")[1]: one for one in world.status()["nodeGroups"]}
    assert groups.keys() == {"system", "cpu", "gpu"}
    health = groups["system"]["health"]
    assert (health["minSize"], health["maxSize"], health["cloudProviderTarget"]) == (1, 2, 1)
    assert health["nodeCounts"]["registered"]["ready"] == 1
    assert groups["gpu"]["scaleUp"]["status"] == "NoActivity"


def test_pods_are_moved_off_nodes_that_are_not_needed(world: World) -> None:
    world.apply(web(2, cpu="1500m", selector={TYPE: "cpu"}))
    rollout = ("rollout", "status", "deployment/web", "--timeout=60s")
    world.kubectl.must(*rollout)
    assert len(world.nodes("cpu")) == 2
    world.apply(web(2, cpu="100m"))
    eventually(lambda: world.is_empty("cpu"), "the pods are elsewhere and the nodes gone")
    world.kubectl.must(*rollout)
    moved = world.get("events", "--field-selector", "reason=ScaleDown")["items"]
    assert "deleting pod for node scale down" in {event["message"] for event in moved}
    world.delete("deployment", "web")


def test_a_group_is_known_by_its_tags_where_eks_may_not_be_asked(world: World) -> None:
    world.may(*LOOKING)
    world.start_autoscaler_anew()
    before = world.log
    world.apply(gpu_pod("tagged", {TYPE: "gpu"}))

    def told() -> list[str]:
        return world.events("NotTriggerScaleUp", "tagged")

    eventually(told, "the pod is told why nothing grows for it")
    assert "node(s) didn't match Pod's node affinity/selector" in told()[0]
    assert "eks:DescribeNodegroup" in world.log.removeprefix(before)
    assert world.group("gpu")["DesiredCapacity"] == 0
    world.tag("gpu", {f"label/{TYPE}": "gpu"})
    eventually(lambda: world.runs("tagged"), "the pod runs")
    world.untag("gpu", f"label/{TYPE}")


def test_a_role_for_another_clusters_groups_scales_nothing_and_the_log_says_so(
    world: World,
) -> None:
    world.may(*LOOKING, ASKING_EKS, scaling="another")
    before = world.log
    world.apply(gpu_pod("denied"))
    world.await_logged("is not authorized to perform: autoscaling:SetDesiredCapacity", before)
    failed = world.events("FailedToScaleUpGroup", "cluster-autoscaler-status")
    assert "api error AccessDenied" in failed[0]
    assert world.group("gpu")["DesiredCapacity"] == 0
    eventually(
        lambda: "Backoff" in str(world.status()["nodeGroups"]), "the status tells of the backoff"
    )
    world.may(*LOOKING, ASKING_EKS)
    eventually(lambda: world.runs("denied"), "the pod runs after the backoff")


def test_a_pod_older_than_its_association_has_no_credentials(world: World) -> None:
    world.dissociate()
    before = world.log
    world.start_autoscaler_anew()
    none = "kube-system/cluster-autoscaler had no pod identity association when the pod was"
    world.await_logged(none, before)
    world.associate()
    world.await_logged("the pod is older than the pod identity association", before)
    world.apply(gpu_pod("early"))
    assert world.group("gpu")["DesiredCapacity"] == 0
    before = world.log
    world.start_autoscaler_anew()
    world.await_logged("Registering ASG", before)
    eventually(lambda: world.runs("early"), "the pod runs")


def test_a_right_that_is_missing_in_the_cluster_keeps_it_from_acting(world: World) -> None:
    role = world.get("clusterrole", "cluster-autoscaler")
    rules = [rule for rule in role["rules"] if "storageclasses" not in rule["resources"]]
    assert len(rules) == len(role["rules"]) - 1
    metadata = {"name": "cluster-autoscaler"}
    world.kubectl.must("replace", "-f", "-", stdin={**role, "metadata": metadata, "rules": rules})
    before = world.log
    world.start_autoscaler_anew()
    world.apply(gpu_pod("unread"))
    world.await_logged("failed to list *v1.StorageClass: storageclasses.storage.k8s.io is", before)
    assert world.group("gpu")["DesiredCapacity"] == 0
    world.kubectl.must("replace", "-f", "-", stdin={**role, "metadata": metadata})
    eventually(lambda: world.runs("unread"), "the pod runs")


def test_it_acts_only_while_its_pod_is_there(world: World) -> None:
    scale = ("scale", "deployment/cluster-autoscaler", *SYSTEM)
    world.kubectl.must(*scale, "--replicas=0")
    pods = ("pods", *SYSTEM, "-l", "app=cluster-autoscaler")
    eventually(lambda: not world.get(*pods)["items"], "the autoscaler's pod is gone")
    before = world.log
    world.apply(gpu_pod("alone"))

    def unschedulable() -> bool:
        conditions = world.pod("alone")["status"].get("conditions", [])
        return any(one.get("reason") == "Unschedulable" for one in conditions)

    eventually(unschedulable, "the scheduler found no place")
    assert world.log == before
    assert world.group("gpu")["DesiredCapacity"] == 0
    world.kubectl.must(*scale, "--replicas=1")
    eventually(lambda: world.runs("alone"), "the pod runs")
    assert CLUSTER in world.log
