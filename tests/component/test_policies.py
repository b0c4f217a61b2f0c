"""Observe, pause and Retain: what stands in status, and that AWS is left alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import refusal

from sigopt_operator.plan.ownership import TAG_UID

OBSERVE = {
    "provider": "aws",
    "region": "us-west-2",
    "managementPolicy": "Observe",
}
PAUSED = {**SPEC, "paused": True}


@pytest.fixture
def theirs(rig: Rig) -> Iterator[Rig]:
    """A cluster with a node group that somebody else made."""
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name="tiny", tags={"team": "other"})
    eks.create_nodegroup(
        nodegroupName="workers",
        scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 3},
        instanceTypes=["m5.large"],
        labels={},
        taints=[],
        tags={},
    )
    rig.aws.advance()
    rig.aws.calls.clear()
    rig.api.apply(KEY, OBSERVE)
    yield rig
    assert rig.aws.changes == []
    assert set(rig.aws.clusters) == {"tiny"}


def test_a_cluster_of_somebody_else_is_connected_and_shown(theirs: Rig) -> None:
    theirs.until_steady()
    status = theirs.status
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "Reconciling": "False",
        "Stalled": "False",
        "ControlPlaneReady": "True",
        "KubeconfigReady": "True",
        "Connected": "True",
    }
    assert (status["kubernetesVersion"], status["endpoint"]) == ("1.34", "https://127.0.0.1:1")
    assert status["nodes"]["summary"] == "1/3"
    assert [(pool["name"], pool["maxNodes"]) for pool in status["pools"]] == [("workers", 5)]
    assert "accessRoleArn" not in status


@pytest.mark.parametrize("name", ["prod_data", "2024-train", "c" * 100], ids=["_", "digit", "100"])
def test_a_cluster_is_looked_at_whatever_name_eks_gave_it(rig: Rig, name: str) -> None:
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name=name, tags={"team": "other"})
    rig.aws.advance()
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**OBSERVE, "clusterName": name})
    rig.until_steady()
    assert name in rig.condition("Connected")["message"]
    assert f"--name {name} " in rig.status["connectCommand"]
    # No stack and no role is asked for by that name: the one role is the operator's own.
    asked = {"get_caller_identity", "get_role", "describe_cluster", "list_nodegroups"}
    assert set(rig.aws.calls) == asked
    assert rig.aws.calls.count("get_role") == 1
    rig.api.delete(KEY)
    assert rig.round().released


def test_nodes_of_no_node_group_are_counted_too(rig: Rig) -> None:
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name="tiny", tags={"team": "other"})
    rig.aws.advance()
    rig.api.apply(KEY, OBSERVE)
    rig.round()
    assert rig.status["nodes"]["summary"] == "1/1"


def test_its_deletion_lets_go_without_asking_aws(theirs: Rig) -> None:
    theirs.round()
    theirs.aws.calls.clear()
    theirs.aws.failing["get_caller_identity"] = refusal("InvalidClientTokenId", "gone", status=403)
    theirs.api.delete(KEY)
    assert theirs.round().released
    assert theirs.aws.calls == []


def test_a_cluster_that_does_not_exist_is_looked_for_again(rig: Rig) -> None:
    rig.api.apply(KEY, OBSERVE)
    answer = rig.round()
    assert rig.status["phase"] == "Blocked"
    assert rig.condition("ControlPlaneReady")["reason"] == "ClusterNotFound"
    assert answer.after is not None
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name="tiny", tags={})
    rig.round()
    assert rig.condition("ControlPlaneReady")["reason"] == "InProgress"
    rig.until_steady()


def test_a_cluster_that_the_operator_made_can_be_turned_to_observe_and_back(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Observe"})
    rig.until_steady()
    assert rig.aws.changes == []
    assert [pool["name"] for pool in rig.status["pools"]] == ["system", "cpu"]
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_a_pause_before_the_creation_makes_nothing_until_it_ends(rig: Rig) -> None:
    rig.api.apply(KEY, PAUSED)
    rig.round()
    rig.round()
    assert rig.aws.changes == []
    assert rig.status["phase"] == "Pending"
    assert rig.condition("Reconciling")["reason"] == "Paused"
    assert "create CloudFormation stack" in rig.condition("NetworkReady")["message"]
    rig.api.apply(KEY, SPEC)
    rig.until_steady()


def test_a_pause_holds_an_edit_back_and_the_phase_stays(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.apply(KEY, PAUSED)
    rig.round()
    assert rig.condition("Ready")["status"] == "True"
    assert "spec.paused" in rig.status["message"]
    wider = {**SPEC["cpu"], "maxNodes": 9}
    rig.api.apply(KEY, {**PAUSED, "cpu": wider})
    rig.round()
    assert rig.aws.changes == []
    assert rig.status["phase"] == "Ready"
    assert rig.condition("Ready")["reason"] == "Paused"
    assert rig.condition("Stalled")["status"] == "False"
    assert "0..9 nodes" in rig.condition("NodePoolsReady")["message"]
    rig.api.apply(KEY, {**SPEC, "cpu": wider})
    rig.until_steady()
    assert {pool["maxNodes"] for pool in rig.status["pools"]} == {2, 9}


def test_a_deletion_while_paused_waits_and_says_so(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.apply(KEY, PAUSED)
    rig.api.delete(KEY)
    for _ in range(3):
        assert not rig.round().released
    assert rig.aws.changes == []
    assert rig.status["phase"] == "Deleting"
    assert "spec.paused" in rig.status["message"]
    assert "delete node group" in rig.status["message"]
    rig.api.apply(KEY, SPEC)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_an_edit_from_delete_to_retain_is_honoured_during_a_deletion(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.delete(KEY)
    rig.round()
    rig.aws.advance()
    assert not rig.aws.groups
    assert "tiny" in rig.aws.clusters
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    assert rig.round().released
    assert rig.aws.calls == []
    assert "tiny" in rig.aws.clusters


def test_a_kept_cluster_is_taken_over_by_its_namesake_only_when_asked(rig: Rig) -> None:
    kept = {**SPEC, "deletionPolicy": "Retain"}
    rig.api.apply(KEY, kept)
    rig.until_steady()
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Delete"})
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == "NameConflict"
    assert "take over node group" in rig.condition("PreflightPassed")["message"]
    assert rig.aws.changes == []
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Delete", "adopt": True})
    rig.until_steady()
    assert set(rig.aws.changes) <= {
        *("tag_resource", "create_tags", "update_stack"),
        *("create_or_update_tags", "simulate_principal_policy"),
    }
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_the_addons_of_a_kept_cluster_are_taken_over_with_it(rig: Rig) -> None:
    spec = {**SPEC, "kubernetesVersion": "1.33", "addons": [{"name": "metrics-server"}]}
    rig.api.apply(KEY, {**spec, "deletionPolicy": "Retain"})
    rig.until_steady()
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    adopted = {**spec, "deletionPolicy": "Delete", "adopt": True}
    rig.api.apply(KEY, adopted)
    rig.until_steady()
    uid = rig.api.objects[KEY]["metadata"]["uid"]
    assert {addon["tags"][TAG_UID] for addon in rig.aws.addons.values()} == {uid}
    rig.api.apply(KEY, {**adopted, "kubernetesVersion": "1.34", "addons": []})
    rig.until_steady()
    assert "metrics-server" not in rig.aws.addons
    assert "v1.34" in rig.aws.addons["kube-proxy"]["addonVersion"]


@pytest.mark.parametrize("rounds", range(1, 6))
@pytest.mark.parametrize(
    "failing", [(), ("tag_resource",), ("create_tags",), ("update_stack",)], ids=" ".join
)
def test_what_was_taken_over_in_part_is_taken_over_whole_before_it_goes(
    rig: Rig, rounds: int, failing: tuple[str, ...]
) -> None:
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    rig.until_steady()
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Delete", "adopt": True})
    rig.aws.failing |= dict.fromkeys(failing, refusal("ServerException", "down", "Tag", 500))
    for _ in range(rounds):
        rig.round()
    rig.aws.failing.clear()
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_what_was_not_yet_taken_over_at_all_stays(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    rig.until_steady()
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Delete", "adopt": True})
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.changes == []
    assert "tiny" in rig.aws.clusters
