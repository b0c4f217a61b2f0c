"""One whose finalizer was taken off by hand, and another of its name: its cluster is not theirs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

from sigopt_operator.plan.ownership import ownership_tags
from sigopt_operator.runtime.keys import Key

ADOPTED = {**SPEC, "adopt": True, "deletionPolicy": "Delete"}
OF_ANOTHER_CLUSTER = {
    "LaunchTemplateName": "tiny-prod-cpu-1a2b3c4d",
    "LaunchTemplateId": "lt-tiny-prod-cpu-1a2b3c4d",
    "Tags": [
        {"Key": key, "Value": value}
        for key, value in ownership_tags("of-the-former", KEY.namespace, KEY.name).items()
    ],
}
"""A resource of the same name made it for a cluster of another name, and let go of that."""
STAGES = [
    pytest.param(1, id="the stack is begun"),
    pytest.param(2, id="the control plane is begun"),
    pytest.param(3, id="the control plane is there"),
    pytest.param(4, id="the pools are begun"),
    pytest.param(9, id="all of it is there"),
]


@pytest.fixture
def namesake(rig: Rig, rounds: int) -> Rig:
    """After so many rounds it is let go by hand, and made again under the same name."""
    rig.api.apply(KEY, SPEC)
    for _ in range(rounds):
        rig.round()
        rig.aws.advance()
    rig.api.release(KEY)
    rig.api.apply(KEY, SPEC)
    return rig


def rounds_of(rig: Rig, count: int = 6) -> None:
    for _ in range(count):
        rig.round()
        rig.aws.advance()


@pytest.mark.parametrize("rounds", STAGES)
def test_it_is_said_and_nothing_is_touched_or_made(namesake: Rig) -> None:
    before = list(namesake.aws.changes)
    rounds_of(namesake)
    assert namesake.aws.changes == before
    stalled = namesake.condition("Stalled")
    assert (stalled["status"], stalled["reason"]) == ("True", "NameConflict")
    for way in ("another spec.clusterName", "spec.adopt: true"):
        assert way in stalled["message"]


@pytest.mark.parametrize("rounds", STAGES)
def test_its_own_end_leaves_the_cluster_of_the_former(namesake: Rig) -> None:
    before = list(namesake.aws.changes)
    rounds_of(namesake)
    namesake.api.delete(KEY)
    namesake.until_released()
    assert namesake.aws.changes == before


@pytest.mark.parametrize("rounds", STAGES)
def test_asked_to_it_takes_over_and_then_nothing_is_left_at_its_end(namesake: Rig) -> None:
    rounds_of(namesake)
    namesake.api.apply(KEY, ADOPTED)
    namesake.until_steady()
    made = [change for change in namesake.aws.changes if change.startswith("create_")]
    assert (made.count("create_stack"), made.count("create_cluster")) == (1, 1)
    assert made.count("create_nodegroup") == 2
    namesake.api.delete(KEY)
    namesake.until_released()
    aws = namesake.aws
    assert (aws.clusters, aws.groups, aws.stacks) == ({}, {}, {})


@pytest.mark.parametrize("rounds", [pytest.param(9, id="all of it is there")])
def test_what_the_former_made_for_a_cluster_of_a_longer_name_stays_that_clusters(
    namesake: Rig,
) -> None:
    templates = namesake.aws.templates
    templates["tiny-prod-cpu-1a2b3c4d"] = copy.deepcopy(OF_ANOTHER_CLUSTER)
    namesake.api.apply(KEY, ADOPTED)
    namesake.until_steady()
    rounds_of(namesake)
    namesake.api.delete(KEY)
    namesake.until_released()
    assert templates == {"tiny-prod-cpu-1a2b3c4d": OF_ANOTHER_CLUSTER}


@pytest.mark.parametrize("rounds", [pytest.param(9, id="all of it is there")])
def test_where_only_stack_and_launch_templates_are_left_it_takes_them_over_before_it_needs_them(
    namesake: Rig,
) -> None:
    """Otherwise the name of its own node group's template would be called somebody else's."""
    namesake.aws.clusters.clear()
    namesake.aws.groups.clear()
    namesake.aws.entries.clear()  # EKS keeps none without its cluster
    namesake.api.apply(KEY, ADOPTED)
    for count in range(20):
        namesake.round()
        for kind in ("Stalled", "NodePoolsReady") if count else ():
            assert namesake.condition(kind)["reason"] != "NameConflict"
        if count % 2:  # each thing is looked at while it is being made, too
            namesake.aws.advance()
    assert namesake.status["phase"] == "Ready"


@pytest.mark.parametrize("rounds", [pytest.param(3, id="the control plane is there")])
def test_what_failed_in_the_hands_of_the_former_is_said_and_made_anew_once_it_is_gone(
    namesake: Rig,
) -> None:
    """It was waited for, which EKS never ends."""
    namesake.aws.clusters["tiny"]["status"] = "FAILED"
    before = list(namesake.aws.changes)
    namesake.api.apply(KEY, ADOPTED)
    rounds_of(namesake)
    assert namesake.aws.changes == before
    stalled = namesake.condition("Stalled")
    assert (stalled["status"], stalled["reason"]) == ("True", "ControlPlaneFailed")
    assert "aws eks delete-cluster --region us-west-2 --name tiny" in stalled["message"]
    namesake.aws.clusters.clear()
    namesake.until_steady()
    assert namesake.status["phase"] == "Ready"


@pytest.mark.parametrize("rounds", [pytest.param(9, id="all of it is there")])
def test_what_was_remembered_of_the_former_is_not_believed_of_it(namesake: Rig) -> None:
    namesake.round()
    assert namesake.condition("Ready")["reason"] == "NameConflict"


@pytest.mark.parametrize("rounds", range(1, 6))
def test_one_let_go_amid_its_deletion_leaves_what_its_namesake_takes_over(
    rig: Rig, rounds: int
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.delete(KEY)
    for _ in range(rounds):
        rig.round()
        rig.aws.advance()
    rig.api.release(KEY)
    rig.api.apply(KEY, ADOPTED)
    rig.until_steady()
    rig.api.delete(KEY)
    rig.until_released()
    assert (rig.aws.clusters, rig.aws.groups, rig.aws.stacks) == ({}, {}, {})


def test_one_made_again_just_before_anything_is_begun_is_looked_at_anew(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its own cluster would be begun in the name of the former, and not be its own."""
    write = rig.api.write_status

    def write_and_replace(key: Key, version: str, status: Mapping[str, Any]) -> bool:
        monkeypatch.undo()
        written = write(key, version, status)
        rig.api.release(key)
        rig.api.apply(key, SPEC)
        return written

    rig.api.apply(KEY, SPEC)
    monkeypatch.setattr(rig.api, "write_status", write_and_replace)
    rig.round()
    assert rig.aws.changes == []
    rig.until_steady()
    rig.api.delete(KEY)
    rig.until_released()
    assert (rig.aws.clusters, rig.aws.groups, rig.aws.stacks) == ({}, {}, {})
