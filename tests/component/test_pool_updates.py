"""Round by round: limits, labels or taints of a pool that EKS accepts, and then cannot have."""

from __future__ import annotations

from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.refusals import refusal

MORE = {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}}
WHY = "OperationNotPermitted: canary of a suspended process"


def refused(rig: Rig) -> str:
    """A cluster that is Ready, and an edit of a pool's limits that ends Failed."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if name.startswith("cpu-")]
    rig.aws.failed[name] = WHY
    rig.api.apply(KEY, MORE)
    rig.minutes -= 9
    rig.round()
    rig.aws.advance()
    rig.aws.calls.clear()
    return name


def test_it_is_told_in_the_condition_and_tried_again_after_a_quarter_of_an_hour(rig: Rig) -> None:
    name = refused(rig)
    rig.round()
    found = rig.condition("NodePoolsReady")
    assert found["reason"] == "PoolUpdateFailed"
    assert "spec.cpu.maxNodes: found 4, wanted 9" in found["message"]
    assert WHY in found["message"]
    assert rig.status["phase"] == "Blocked"
    assert rig.aws.changes == []
    rig.until_steady()
    assert rig.aws.calls.count("update_nodegroup_config") == 1
    assert rig.aws.groups[name]["scalingConfig"]["maxSize"] == 9


def test_one_that_fails_for_good_is_asked_for_every_quarter_of_an_hour_and_not_more_often(
    rig: Rig,
) -> None:
    name = refused(rig)
    for _ in range(30):
        rig.aws.failed[name] = WHY
        rig.minutes -= 9
        rig.round()
        rig.aws.advance()
    assert 1 <= rig.aws.calls.count("update_nodegroup_config") <= 2


def test_an_edit_is_tried_at_once(rig: Rig) -> None:
    refused(rig)
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 8}})
    rig.minutes -= 9
    rig.round()
    assert "update_nodegroup_config" in rig.aws.changes
    rig.until_steady()


def test_nodes_are_upgraded_although_their_labels_cannot_be_had(rig: Rig) -> None:
    name = refused(rig)
    for cluster in rig.aws.clusters.values():
        cluster["version"] = "1.35"
    rig.api.apply(KEY, {**MORE, "kubernetesVersion": "1.35"})
    rig.round()
    begun = [update["type"] for update in rig.aws.updates if update["of"] == name]
    assert begun == ["ConfigUpdate", "VersionUpdate"]
    rig.until_steady()
    assert rig.aws.groups[name]["version"] == "1.35"


def test_updates_are_not_asked_where_all_is_as_wished(rig: Rig) -> None:
    rig.api.apply(KEY, MORE)
    rig.until_steady()
    for _ in range(3):
        rig.round()
    assert not {"list_updates", "describe_update"} & set(rig.aws.calls)


def test_an_edit_that_is_taken_back_before_eks_shows_it_is_not_ready_until_it_is_undone(
    rig: Rig,
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if name.startswith("cpu-")]
    rig.api.apply(KEY, MORE)
    rig.reconciler(KEY)
    rig.aws.groups[name]["status"] = "ACTIVE"
    rig.api.apply(KEY, SPEC)
    rig.reconciler(KEY)
    assert rig.status["phase"] == "Updating"
    assert "an earlier spec asked for" in rig.status["progress"]["waitingFor"]["what"]
    rig.aws.advance()
    rig.until_steady()
    assert rig.aws.calls.count("update_nodegroup_config") == 2


NO_ROOM = "canary of a zone without such instances"


def degraded(rig: Rig) -> None:
    """A cluster that is Ready, whose pool finds no capacity: it is DEGRADED until it finds some."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if name.startswith("cpu-")]
    issue = {"code": "InsufficientInstanceCapacity", "message": NO_ROOM}
    rig.aws.groups[name] |= {"status": "DEGRADED", "health": {"issues": [issue]}}
    rig.restart()
    rig.round()
    assert NO_ROOM in rig.condition("NodePoolsReady")["message"]


@pytest.mark.parametrize(
    ("edit", "call"),
    [
        pytest.param(MORE, "update_nodegroup_config", id="limits"),
        pytest.param(
            {**SPEC, "kubernetesVersion": "1.35"}, "update_nodegroup_version", id="a version"
        ),
    ],
)
def test_what_ails_a_node_group_that_eks_refuses_to_update_for_it_is_told_on(
    rig: Rig, edit: dict[str, Any], call: str
) -> None:
    degraded(rig)
    text = "Nodegroup cannot be updated as it is currently not in Active State"
    rig.aws.failing[call] = refusal("ResourceInUseException", text, status=409)
    for cluster in rig.aws.clusters.values():
        cluster["version"] = edit["kubernetesVersion"]
    rig.api.apply(KEY, edit)
    rig.round()
    found = rig.condition("NodePoolsReady")
    assert (found["status"], found["reason"]) == ("False", "WaitingForAws")
    assert f"{text}; cpu-" in found["message"]
    assert NO_ROOM in found["message"]


def test_what_ails_a_node_group_is_told_while_another_is_made(rig: Rig) -> None:
    degraded(rig)
    gpu = {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 1}
    rig.api.apply(KEY, {**SPEC, "gpu": gpu})
    rig.round()
    found = rig.condition("NodePoolsReady")
    assert (found["status"], found["reason"]) == ("False", "InProgress")
    assert "create node group gpu-" in found["message"]
    assert NO_ROOM in found["message"]
