"""Round by round: a role is deleted and made again, by whomever, and colleagues get in again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.refusals import refusal

from sigopt_operator.plan.moment import DRIFT_WITHIN
from sigopt_operator.plan.ownership import TAG_UID

ROLE = "tiny-k8s-access-role"
SHARED = f"arn:aws:iam::111122223333:role/{ROLE}"
NODES = "tiny-node-role"
OF_NODES = f"arn:aws:iam::111122223333:role/{NODES}"
OPERATOR = "arn:aws:iam::111122223333:role/ops/operator"
DEEPER = 3 * DRIFT_WITHIN + timedelta(minutes=2)


def alive(rig: Rig, arn: str = SHARED) -> bool:
    """Whether the entry lets its role in."""
    made_at = rig.aws.operator_made_at if arn == OPERATOR else rig.aws.iam[ROLE]["made_at"]
    there = bool(rig.aws.entries.get(arn))
    return there and bool(rig.aws.entry_details[arn]["createdAt"] >= made_at)


def removed(rig: Rig) -> None:
    """The operator makes it again."""
    del rig.aws.iam[ROLE]


def made_again(rig: Rig) -> None:
    """Somebody made it again, by hand."""
    rig.aws.iam[ROLE]["made_at"] = rig.aws.now()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(removed, id="the operator made the role again"),
        pytest.param(made_again, id="somebody made the role again"),
    ],
)
def test_its_entry_is_made_anew_within_the_deeper_look_and_told(
    rig: Rig, change: Callable[[Rig], None]
) -> None:
    rig.settle()
    changed_at = rig.minutes
    change(rig)
    while ROLE not in rig.aws.iam or not alive(rig):
        assert timedelta(minutes=rig.minutes - changed_at) <= DEEPER
        rig.next_round()
    told = [e.message for e in rig.api.events if e.reason == "DriftRepaired"]
    assert [words for words in told if f"access entry of {SHARED}: found made" in words]
    rig.aws.calls.clear()
    for _ in range(25):
        rig.next_round()
    assert rig.aws.changes == []
    assert rig.status["phase"] == "Ready"


def test_the_operators_own_role_made_again_gets_in_again(rig: Rig) -> None:
    rig.settle()
    rig.aws.operator_made_at = rig.aws.now()
    changed_at = rig.minutes
    while not alive(rig, OPERATOR):
        assert timedelta(minutes=rig.minutes - changed_at) <= DEEPER
        rig.next_round()


EDITED = {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 5}}


@pytest.mark.parametrize(
    "waited",
    [
        pytest.param(0, id="at once after the edit"),
        pytest.param(30, id="when the edit had long waited for something else"),
    ],
)
def test_the_operators_own_role_made_again_gets_in_again_while_an_edit_is_pending(
    rig: Rig, waited: float
) -> None:
    """Without a way in no edit ends, and the entry was looked at only when none was pending."""
    rig.settle()
    rig.api.apply(KEY, EDITED)
    rig.problem = "Unauthorized (401)"
    edited_at = rig.minutes
    while rig.minutes - edited_at < waited:
        rig.next_round()
    rig.aws.operator_made_at = rig.aws.now()
    rig.rotated = True  # the sessions of the former role are refused
    changed_at = rig.minutes
    while not alive(rig, OPERATOR):
        assert timedelta(minutes=rig.minutes - changed_at) <= DEEPER
        rig.next_round()
    assert rig.condition("Connected")["status"] == "False"
    rig.problem = ""
    rig.until_steady()


def test_a_dead_entry_that_an_earlier_resource_left_is_taken_over_and_made_anew(rig: Rig) -> None:
    """It was called somebody else's, which a person had to delete."""
    rig.settle({**SPEC, "deletionPolicy": "Retain"})
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    made_again(rig)
    rig.minutes += 1
    rig.api.apply(KEY, {**SPEC, "adopt": True, "deletionPolicy": "Delete"})
    adopted_at = rig.minutes
    while not alive(rig):
        assert timedelta(minutes=rig.minutes - adopted_at) <= DEEPER
        rig.next_round()
        assert "AccessEntryDead" not in [c["reason"] for c in rig.status["conditions"]]
    rig.until_steady()
    assert rig.aws.entry_details[SHARED]["tags"][TAG_UID] == rig.api.objects[KEY]["metadata"]["uid"]


def test_one_that_somebody_mended_meanwhile_is_left_alone(rig: Rig) -> None:
    rig.settle()
    made_again(rig)
    rig.aws.entry_details[SHARED]["createdAt"] = rig.aws.now()
    rig.aws.calls.clear()
    for _ in range(25):
        rig.next_round()
    assert rig.aws.changes == []


def test_killed_between_deleting_and_making_it_anew_it_comes_back(rig: Rig) -> None:
    rig.settle()
    made_again(rig)
    rig.aws.failing["create_access_entry"] = refusal(
        "InvalidParameterException",
        "The specified principalArn is invalid: invalid principal.",
        "CreateAccessEntry",
    )
    while SHARED in rig.aws.entries:
        rig.next_round()
    assert rig.condition("AccessReady")["status"] == "False"
    rig.restart()
    del rig.aws.failing["create_access_entry"]
    rig.until_steady()
    assert alive(rig)
    assert rig.aws.changes.count("delete_access_entry") == 1


def of_nodes(rig: Rig) -> None:
    """The entry of the nodes, as EKS makes it with the first node group, or as a person does."""
    rig.aws.entries[OF_NODES] = {}
    rig.aws.entry_details[OF_NODES] = {"createdAt": rig.aws.now(), "tags": {}}


def told(rig: Rig) -> bool:
    """Whether it is told that the entry of the nodes is dead."""
    return bool(rig.condition("AccessReady")["reason"] == "AccessEntryDead")


def test_the_nodes_role_made_again_is_told_until_somebody_made_its_entry_anew(rig: Rig) -> None:
    rig.settle()
    of_nodes(rig)
    changed_at = rig.minutes
    del rig.aws.iam[NODES]
    while not told(rig):  # the role is made anew first, and then looked at
        assert timedelta(minutes=rig.minutes - changed_at) <= DEEPER + timedelta(minutes=2)
        rig.next_round()
    assert f"{OF_NODES} --type EC2_LINUX" in rig.condition("AccessReady")["message"]
    for _ in range(25):
        rig.next_round()
        assert told(rig)
    assert "delete_access_entry" not in rig.aws.changes, "EKS made it"
    of_nodes(rig)
    rig.until_steady()
    assert not told(rig)
    assert rig.status["phase"] == "Ready"


def test_nodes_that_do_not_join_after_an_edit_are_looked_at_for_that_at_once(rig: Rig) -> None:
    rig.settle()
    of_nodes(rig)
    rig.minutes += 1
    rig.aws.iam[NODES]["made_at"] = rig.aws.now()
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "nodeVolumeSize": 80}})
    before = set(rig.aws.groups)
    while not (new := set(rig.aws.groups) - before):
        rig.next_round()
    group = rig.aws.groups[new.pop()]
    group["status"] = "CREATE_FAILED"
    issue = "Instances failed to join the kubernetes cluster"
    group["health"] = {"issues": [{"code": "NodeCreationFailure", "message": issue}]}
    for _ in range(3):
        rig.next_round()
    assert told(rig)
    assert "AccessReady says how" in next(iter(rig.told("NodeGroupFailed")))
