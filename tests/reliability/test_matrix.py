"""What is told of a life of the matrix: nothing that the judge found goes unsaid."""

from __future__ import annotations

from dataclasses import replace

from tests.reliability.calls import Call
from tests.reliability.matrix import Tried, noted
from tests.reliability.run import Point
from tests.reliability.tap import When

POINT = Point("delete", Call("eks:DeleteCluster", "crash"), 1, When.LOST)
EARLIER = Point("create", Call("eks:CreateCluster", "crash"), 1, When.AFTER)
LEAK = ("it was left: ec2:vpc vpc-1",)
WELL = Tried("life", "delete", POINT, ())


def test_a_point_that_was_come_to_is_told_whether_or_not_it_went_well() -> None:
    assert noted(WELL) == WELL
    assert noted(replace(WELL, faults=LEAK)) == replace(WELL, faults=LEAK)


def test_a_scenario_without_a_point_is_told_only_where_something_is_wrong() -> None:
    assert noted(replace(WELL, point=None)) is None
    wrong = replace(WELL, point=None, faults=LEAK)
    assert noted(wrong) == wrong


def test_what_is_wrong_after_a_point_that_was_not_come_to_is_told_of_the_crash_before_it() -> None:
    told = noted(replace(WELL, met=False, faults=LEAK, after=(EARLIER,)))
    assert told is not None
    assert told.faults == LEAK
    assert told.met
    assert told.command == f"python -m tests.reliability.crash {EARLIER.arguments}"


def test_a_point_that_was_not_come_to_is_not_told_while_it_may_be_tried_again() -> None:
    assert noted(replace(WELL, met=False)) is None
