"""What is put into the cluster, round by round: applied, repaired, removed, and refused by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.component.rounds import KEY, SPEC, Rig

from sigopt_operator.plan.workload.components.objects import ObjectId

DEPLOYMENT = ObjectId("Deployment", "kube-system", "cluster-autoscaler")
DAEMON_SET = ObjectId("DaemonSet", "kube-system", "nvidia-device-plugin")
QUOTA = ObjectId("ResourceQuota", "orchestrate", "training")
GPU = {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}


def steady(rig: Rig, **spec: Any) -> None:
    rig.api.apply(KEY, {**SPEC, **spec})
    rig.until_steady()


def repairs(rig: Rig) -> list[str]:
    return [event.message for event in rig.api.events if event.reason == "DriftRepaired"]


def image(found: Mapping[str, Any]) -> str:
    told: str = found["spec"]["template"]["spec"]["containers"][0]["image"]
    return told


def test_a_ready_cluster_has_everything_that_is_wished(rig: Rig) -> None:
    steady(rig, gpu=GPU)
    assert {DEPLOYMENT, DAEMON_SET} <= rig.cluster.objects.keys()
    assert image(rig.cluster.objects[DEPLOYMENT]).endswith("cluster-autoscaler:v1.34.5")
    (identity,) = rig.aws.identities.values()
    assert identity["roleArn"].endswith("role/tiny-autoscaler-role")
    assert rig.condition("WorkloadReady")["status"] == "True"


def test_a_steady_cluster_is_not_written_to(rig: Rig) -> None:
    steady(rig)
    rig.cluster.changes.clear()
    for _ in range(5):
        rig.round()
    assert rig.cluster.changes == []


def test_what_was_deleted_by_hand_returns_and_is_told(rig: Rig) -> None:
    steady(rig)
    del rig.cluster.objects[DEPLOYMENT]
    rig.aws.identities.clear()
    for _ in range(3):
        rig.round()
    assert DEPLOYMENT in rig.cluster.objects
    assert rig.aws.identities
    assert any(str(DEPLOYMENT) in told for told in repairs(rig))


def test_an_edit_is_applied_and_is_no_repair(rig: Rig) -> None:
    steady(rig)
    steady(rig, autoscaler={"version": "v1.34.9"})
    assert image(rig.cluster.objects[DEPLOYMENT]).endswith(":v1.34.9")
    assert repairs(rig) == []


def test_what_is_switched_off_goes_with_its_identity(rig: Rig) -> None:
    steady(rig, gpu=GPU)
    steady(rig, gpu=GPU, autoscaler={"enabled": False}, training={"enabled": False})
    assert DEPLOYMENT not in rig.cluster.objects
    assert rig.aws.identities == {}
    left = {id_ for id_ in rig.cluster.objects if "orchestrate" in (id_.namespace, id_.name)}
    assert left == {ObjectId("Namespace", "", "orchestrate")}
    assert DAEMON_SET in rig.cluster.objects


def test_what_the_cluster_refuses_is_told_with_the_field_and_mended_by_an_edit(rig: Rig) -> None:
    rig.cluster.refused["ResourceQuota"] = (422, 'spec.hard[cpus]: Invalid value: "cpus"')
    rig.api.apply(KEY, {**SPEC, "training": {"quota": {"cpus": "8"}}})
    for _ in range(12):
        rig.round()
        rig.aws.advance()
    told = rig.condition("WorkloadReady")
    assert told["reason"] == "RefusedByCluster"
    assert "ResourceQuota orchestrate/training" in told["message"]
    assert 'spec.hard[cpus]: Invalid value: "cpus"' in told["message"]
    assert "mend spec.training" in told["message"]
    assert rig.condition("Stalled")["status"] == "True"
    rig.cluster.refused.clear()
    steady(rig, training={"quota": {"requests.cpu": "8"}})
    assert rig.cluster.objects[QUOTA]["spec"]["hard"] == {"requests.cpu": "8"}


def test_a_namespace_that_is_on_its_way_out_is_waited_for_and_then_made_anew(rig: Rig) -> None:
    steady(rig, training={"quota": {"pods": "10"}})
    whole = set(rig.cluster.objects)
    rig.cluster.delete_namespace("orchestrate")
    for _ in range(3):
        rig.round()
        told = rig.condition("WorkloadReady")
        assert (told["status"], told["reason"]) == ("False", "NamespaceTerminating")
        assert "orchestrate because it is being terminated" in told["message"]
        assert rig.condition("Stalled")["status"] == "False"
        assert rig.status["phase"] == "Updating"
    rig.cluster.last_pod_ends("orchestrate")
    rig.until_steady()
    assert set(rig.cluster.objects) == whole
    assert rig.cluster.objects[QUOTA]["spec"]["hard"] == {"pods": "10"}


def test_somebody_elses_object_is_left_alone_and_named(rig: Rig) -> None:
    theirs = {
        "kind": "Deployment",
        "metadata": {"name": "cluster-autoscaler", "namespace": "kube-system", "labels": {}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "theirs"}}},
        "status": {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1},
    }
    rig.cluster.put(theirs)
    rig.api.apply(KEY, SPEC)
    for _ in range(12):
        rig.round()
        rig.aws.advance()
    assert rig.condition("WorkloadReady")["reason"] == "NameConflict"
    assert rig.cluster.objects[DEPLOYMENT] == theirs


def test_an_autoscaler_that_does_not_start_keeps_the_cluster_from_being_ready(rig: Rig) -> None:
    rig.cluster.stopped = True
    rig.api.apply(KEY, SPEC)
    for _ in range(12):
        rig.round()
        rig.aws.advance()
    assert rig.status["phase"] != "Ready"
    assert (
        "cluster-autoscaler v1.34.5 to become available"
        in rig.condition("WorkloadReady")["message"]
    )


def test_with_the_policy_plan_nothing_is_put_into_the_cluster(rig: Rig) -> None:
    steady(rig)
    rig.cluster.changes.clear()
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Plan", "autoscaler": {"enabled": False}})
    for _ in range(3):
        rig.round()
    assert rig.cluster.changes == []
    assert any(
        "remove" in line and "cluster-autoscaler" in line for line in rig.status["plan"]["changes"]
    )
