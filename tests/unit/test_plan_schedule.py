"""When to look again: rarely while AWS needs minutes, often near the expected end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.schedule import (
    AFTER_ACTION,
    STEADY_ROUNDS,
    WHEN_BLOCKED,
    after_outcomes,
    look_after,
)
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.trouble import Kind, Outcome, Trouble

TEN = timedelta(minutes=10)


def wait(**since: float) -> Step:
    return Step(waiting=(Waiting("EKS", w.ago(**since), TEN),))


def wait_sooner(**since: float) -> Step:
    """For what may be over after five minutes."""
    return Step(waiting=(Waiting("EKS", w.ago(**since), TEN, timedelta(minutes=5)),))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([Step(ready=True)], w.MOMENT.drift_within / STEADY_ROUNDS, id="all done"),
        pytest.param([wait(minutes=0)], timedelta(minutes=9), id="just begun: not for minutes"),
        pytest.param([wait(minutes=7)], timedelta(minutes=2), id="until shortly before the end"),
        pytest.param([wait(minutes=9.5)], timedelta(seconds=30), id="near the end: often"),
        pytest.param([wait_sooner(minutes=1)], timedelta(minutes=4), id="its soonest end"),
        pytest.param([wait_sooner(minutes=6)], timedelta(minutes=1), id="a wide spread: seldom"),
        pytest.param([wait(minutes=14)], timedelta(minutes=1.2), id="overdue: less and less"),
        pytest.param([wait(minutes=90)], timedelta(minutes=2), id="long overdue: never seldom"),
        pytest.param([Step(blocked=Blocked("A", "b"))], WHEN_BLOCKED, id="blocked: slowly"),
        pytest.param([wait(minutes=7), Step(ready=True)], timedelta(minutes=2), id="the earliest"),
    ],
)
def test_the_next_look(steps: list[Step], expected: timedelta) -> None:
    assert look_after(steps, w.MOMENT) == expected


def test_a_part_says_how_soon_what_it_waits_for_may_end() -> None:
    begun = replace(w.finished(), node_groups=(w.group(w.SYSTEM, status="CREATING"),))
    pools = next(p for p in decide(w.WANT, begun, w.MOMENT).parts if p.part.name == "NodePools")
    assert pools.part.soonest is not None
    assert {waiting.soonest for waiting in pools.step.waiting} == {pools.part.soonest}


def test_an_action_is_looked_at_soon() -> None:
    scaled = replace(w.WANT, pools=(w.SYSTEM, replace(w.CPU, max_nodes=9)))
    assert decide(scaled, w.finished(), w.MOMENT).look_after == AFTER_ACTION


def test_an_action_that_takes_aws_minutes_is_looked_at_near_its_expected_end() -> None:
    active = replace(w.EMPTY, stack=w.stack())
    assert decide(w.WANT, active, w.MOMENT).look_after == timedelta(minutes=9)


def test_the_end_of_a_stacks_update_is_looked_for_as_soon_as_roles_may_be_changed() -> None:
    begun = replace(w.stack(status="UPDATE_IN_PROGRESS"), since=w.ago(seconds=5))
    plan = decide(w.WANT, replace(w.finished(), stack=begun), w.MOMENT)
    assert plan.look_after == timedelta(seconds=10)


def test_roles_that_are_made_again_for_a_cluster_that_lives_are_seen_as_soon() -> None:
    want = replace(w.WANT, subnet_ids=("subnet-1", "subnet-2"))
    begun = replace(w.stack(want, status="CREATE_IN_PROGRESS"), since=w.ago(seconds=5))
    plan = decide(want, replace(w.finished(want), stack=begun), w.MOMENT)
    assert plan.look_after == timedelta(seconds=10)


def test_a_faster_clock_gets_nearer_the_end() -> None:
    begun = [Step(waiting=(Waiting("EKS", w.ago(seconds=7), TEN),))]
    assert look_after(begun, Moment(w.NOW, speed=60)) == timedelta(minutes=2)


def test_a_clock_that_runs_behind_awss_is_no_harm() -> None:
    ahead = [Step(waiting=(Waiting("EKS", w.NOW + timedelta(minutes=3), TEN),))]
    assert look_after(ahead, w.MOMENT) == timedelta(minutes=9)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_failed_is_not_tried_again_at_once(kind: Kind) -> None:
    part, action = decide(w.WANT, w.EMPTY, w.MOMENT).actions[0]
    failed = Outcome(part, action, Trouble(kind, "Code", "words", "CreateStack"))
    assert after_outcomes(AFTER_ACTION, [failed]) > AFTER_ACTION
    assert after_outcomes(AFTER_ACTION, [replace(failed, trouble=None)]) == AFTER_ACTION
