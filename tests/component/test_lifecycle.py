"""Round by round from apply to Ready, through an edit, to nothing; also when the operator dies."""

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import READS

READY = ["Ready", "PreflightPassed", "NetworkReady", "ControlPlaneReady", "AccessReady"]


def test_a_resource_becomes_a_cluster_and_its_status_says_so(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    status = rig.status
    assert [rig.condition(kind)["status"] for kind in READY] == ["True"] * len(READY)
    assert rig.condition("Connected")["message"] == (
        "Successfully connected to kubernetes cluster: tiny"
    )
    assert status["observedGeneration"] == 1
    assert status["progress"]["summary"] == "9/9"
    assert status["kubernetesVersion"] == "1.34"
    assert status["accessRoleArn"] == "arn:aws:iam::111122223333:role/tiny-k8s-access-role"
    assert [pool["name"] for pool in status["pools"]] == ["system", "cpu"]
    assert status["nodes"]["summary"] == "1/1"


def test_every_condition_that_became_true_has_its_event(rig: Rig) -> None:
    """That a preflight passes was told in the status before the round acted, and never again."""
    rig.aws.quotas["L-1216C47A"] = 4
    rig.api.apply(KEY, SPEC)
    rig.round()
    assert rig.condition("PreflightPassed")["status"] == "False"
    rig.aws.quotas.clear()
    rig.until_steady()
    told = {c["type"]: rig.told(c["type"]) for c in rig.status["conditions"]}
    assert {kind: len(messages) for kind, messages in told.items()} == {
        c["type"]: int(c["status"] == "True") for c in rig.status["conditions"]
    }


def test_what_turned_is_told_once_it_stands_in_the_status(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a status that was refused, and of the one that the next round wrote, it was told twice."""
    rig.aws.quotas["L-1216C47A"] = 4
    rig.api.apply(KEY, SPEC)
    monkeypatch.setattr(rig.api, "write_status", lambda *_: False)
    rig.round()
    assert rig.told("QuotaExceeded") == []
    monkeypatch.undo()
    rig.round()
    assert len(rig.told("QuotaExceeded")) == 1


def test_what_was_done_is_told_whether_or_not_the_status_was_written(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}})
    monkeypatch.setattr(rig.api, "write_status", lambda *_: False)
    rig.round()
    assert rig.aws.changes[-1] == "update_nodegroup_config"
    assert len(rig.told("UpdateNodeGroupConfig")) == 1


def test_everything_that_was_made_goes_again(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_a_steady_round_changes_nothing_and_writes_nothing(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    changes, writes = rig.aws.changes, rig.api.writes
    for _ in range(5):
        rig.round()
    assert rig.aws.changes == changes
    assert rig.api.writes == writes


def test_more_room_for_a_pool_is_made_in_place_and_ready_is_withdrawn_meanwhile(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}})
    rig.round()
    assert rig.aws.changes[-1] == "update_nodegroup_config"
    assert rig.condition("Ready")["status"] == "False"
    assert rig.status["phase"] == "Updating"
    rig.until_steady()
    assert [p["maxNodes"] for p in rig.status["pools"] if p["name"] == "cpu"] == [9]
    assert rig.status["observedGeneration"] == 2


def test_a_pool_can_be_added_and_removed(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    gpu = {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}
    rig.api.apply(KEY, {**SPEC, "gpu": gpu})
    rig.round()
    rig.until_steady()
    assert [p["name"] for p in rig.status["pools"]] == ["system", "cpu", "gpu"]
    rig.api.apply(KEY, SPEC)
    rig.round()
    rig.until_steady()
    assert [p["name"] for p in rig.status["pools"]] == ["system", "cpu"]
    rig.round()
    assert len(rig.aws.templates) == 2


class Killed(BaseException):
    """The operator's process ended."""


def _recorded(rig: Rig) -> list[str]:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.delete(KEY)
    rig.until_released()
    return rig.aws.changes


@pytest.mark.parametrize("when", ["before the call", "after it, with the answer lost"])
@pytest.mark.parametrize("nth", range(22))
def test_killed_at_any_call_it_converges_with_nothing_doubled_or_left(
    rig: Rig, nth: int, when: str
) -> None:
    """The recorded life has this many changing calls at least; a later one is no longer hit."""
    seen = 0

    def kill(operation: str) -> None:
        nonlocal seen
        if operation.startswith(READS):
            return
        seen += 1
        if seen == nth + 1:
            if when == "before the call":
                raise Killed
            rig.aws.lost.add(operation)

    rig.aws.on_call = kill
    rig.api.apply(KEY, SPEC)
    _through(rig, rig.until_steady)
    rig.api.delete(KEY)
    _through(rig, rig.until_released)
    assert rig.aws.nothing_stands
    assert seen >= 20
    made = [c for c in rig.aws.changes if c in ("create_stack", "create_cluster")]
    assert len(made) <= 3  # one of the two may have been asked for once more


def _through(rig: Rig, go: object) -> None:
    assert callable(go)
    try:
        go()
    except Killed:
        rig.restart()
        go()
