"""The clock of the operator's machine jumps: forwards by a day, backwards by an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.component.test_drift import WANTED, WITHIN, group, limits
from tests.fakes.world import NOW

DAY, HOUR = 24 * 60.0, 60.0
GPU = {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}
ONCE = {"create_stack": 1, "create_cluster": 1, "create_nodegroup": 3}
JUMPS = [pytest.param(DAY, id="forwards by a day"), pytest.param(-HOUR, id="backwards by an hour")]


@pytest.mark.parametrize("minutes", JUMPS)
@pytest.mark.parametrize("rounds", [1, 2, 4, 6, 9])
def test_a_creation_goes_on_to_the_same_end(rig: Rig, minutes: float, rounds: int) -> None:
    rig.api.apply(KEY, {**SPEC, "gpu": GPU})
    for _ in range(rounds):
        rig.round()
        rig.aws.advance()
    rig.jumped = minutes
    rig.until_steady()
    assert sorted(name.split("-")[0] for name in rig.aws.groups) == ["cpu", "gpu", "system"]
    made = [change for change in rig.aws.changes if change.startswith("create_")]
    assert {name: made.count(name) for name in ONCE} == ONCE
    assert not [change for change in rig.aws.changes if change.startswith("delete_")]


@pytest.mark.parametrize("minutes", JUMPS)
@pytest.mark.parametrize("rounds", [1, 3, 5])
def test_a_deletion_goes_on_to_the_same_end(rig: Rig, minutes: float, rounds: int) -> None:
    rig.settle(WANTED)
    rig.api.delete(KEY)
    for _ in range(rounds):
        rig.round()
        rig.aws.advance()
    rig.jumped = minutes
    rig.until_released()
    assert (rig.aws.clusters, rig.aws.groups, rig.aws.stacks) == ({}, {}, {})


@pytest.mark.parametrize("minutes", JUMPS)
def test_a_quiet_cluster_stays_quiet(rig: Rig, minutes: float) -> None:
    rig.settle(WANTED)
    changes, writes = list(rig.aws.changes), rig.api.writes
    rig.jumped = minutes
    for _ in range(20):
        rig.next_round()
    assert (rig.aws.changes, rig.api.writes) == (changes, writes)


@pytest.mark.parametrize("minutes", JUMPS)
def test_a_change_by_hand_is_found_as_soon_as_ever(rig: Rig, minutes: float) -> None:
    """What was remembered until a time that now lies in the future would be believed for long."""
    rig.settle(WANTED)
    rig.jumped = minutes
    changed_at = rig.minutes
    limits(rig.aws)
    while not rig.told("DriftRepaired"):
        assert timedelta(minutes=rig.minutes - changed_at) <= WITHIN
        rig.next_round()
    assert group(rig.aws, "cpu")["scalingConfig"]["maxSize"] == 4


@pytest.mark.parametrize("minutes", JUMPS)
def test_no_look_is_put_off_until_the_time_that_the_clock_lost(rig: Rig, minutes: float) -> None:
    rig.settle(WANTED)
    rig.api.apply(KEY, {**SPEC, "kubernetesVersion": "1.35"})
    rig.round()
    rig.jumped = minutes
    for _ in range(10):
        assert rig.next_round() <= timedelta(minutes=10)


def test_times_of_transitions_follow_the_clock_and_conditions_say_what_is_so(rig: Rig) -> None:
    rig.settle(WANTED)
    rig.jumped = -HOUR
    rig.api.apply(KEY, {**SPEC, "kubernetesVersion": "1.35"})
    rig.until_steady()
    ready = rig.condition("Ready")
    at = datetime.fromisoformat(ready["lastTransitionTime"])
    assert at <= NOW + timedelta(minutes=rig.minutes - HOUR)
    assert (ready["status"], rig.status["kubernetesVersion"]) == ("True", "1.35")
