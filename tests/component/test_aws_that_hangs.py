"""AWS that accepts connections and does not answer, and APIs of clusters that do the same."""

from __future__ import annotations

import pytest
from botocore.exceptions import ReadTimeoutError
from tests.component.rounds import KEY, SPEC, Rig

MINUTE = 1.0


@pytest.fixture
def standing(rig: Rig) -> Rig:
    """A cluster that is Ready."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    return rig


def looks_again(rig: Rig, minutes: float = MINUTE) -> None:
    """A round, so long after the last."""
    rig.minutes += minutes
    rig.reconciler(KEY)


def test_a_resource_waits_without_asking_while_others_wait_for_its_region(standing: Rig) -> None:
    standing.restart()
    standing.aws.failing["describe_cluster"] = ReadTimeoutError(endpoint_url="https://eks")
    assert standing.round().failed
    standing.aws.calls.clear()
    with standing.aws_turns.at("us-west-2", "another"):
        assert standing.round().failed
    assert standing.aws.calls == []
    assert standing.status["phase"] == "Ready"
    standing.aws.failing.clear()
    assert not standing.round().failed
    assert standing.aws.calls


def test_a_cluster_that_does_not_answer_in_time_is_tested_less_often(standing: Rig) -> None:
    standing.problem, standing.slow = "https://tiny does not answer in time", True
    looks_again(standing)
    looks_again(standing)
    tested = standing.probes
    for _ in range(2):
        looks_again(standing)
        assert standing.probes == tested
        assert standing.condition("Connected")["status"] == "False"
        looks_again(standing)
        assert standing.probes == tested + 1
        tested += 1


def test_one_packet_that_is_lost_is_made_up_for_by_the_next_round(standing: Rig) -> None:
    for _ in range(2):
        standing.problem, standing.slow = "https://tiny does not answer in time", True
        looks_again(standing)
        standing.problem, standing.slow = "", False
        looks_again(standing)
        assert standing.condition("Connected")["status"] == "True"


def test_one_that_refuses_at_once_is_tested_in_every_round(standing: Rig) -> None:
    standing.problem = "https://tiny refuses the connection"
    looks_again(standing)
    tested = standing.probes
    looks_again(standing)
    assert standing.probes == tested + 1


def test_an_edit_tests_a_slow_one_at_once(standing: Rig) -> None:
    standing.problem, standing.slow = "https://tiny does not answer in time", True
    looks_again(standing)
    looks_again(standing)
    tested = standing.probes
    standing.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 5}})
    standing.reconciler(KEY)
    assert standing.probes == tested + 1
    for _ in range(9):
        looks_again(standing, 0.1)
    assert standing.probes == tested + 2, "an edit that waits for it asks no more often"


def test_what_is_in_a_slow_one_is_not_asked_either(standing: Rig) -> None:
    standing.problem, standing.slow = "https://tiny does not answer in time", True
    standing.restart()
    asked = standing.cluster.looks
    standing.round()
    assert standing.cluster.looks == asked
    assert standing.condition("WorkloadReady")["status"] != "True"


def test_a_cluster_that_is_being_made_is_tested_in_every_round(rig: Rig) -> None:
    """It may take the endpoint some seconds to be reached: nobody wants to wait for minutes."""
    rig.problem, rig.slow = "https://tiny does not answer in time", True
    rig.api.apply(KEY, SPEC)
    while not rig.probes:
        rig.round()
        rig.aws.advance()
    rig.aws.clusters["tiny"]["createdAt"] = rig.aws.now()
    looks_again(rig, 5)
    tested = rig.probes
    looks_again(rig, 0.1)
    looks_again(rig, 0.1)
    assert rig.probes == tested + 2
    looks_again(rig, 30)
    tested = rig.probes
    for _ in range(9):
        looks_again(rig, 0.1)
    assert rig.probes <= tested + 1, "one that is never reached is as any other after a while"
