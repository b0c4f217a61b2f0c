"""For how long what AWS does not show is doubted, whatever the machine's clock does."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.world import NOW

from sigopt_operator.observe.doubts import CLUSTER, SHOWN_WITHIN, STACK, UNKNOWN_FOR, Doubts
from sigopt_operator.plan.moment import Moment

ANN = "arn:aws:iam::111122223333:user/ann"
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def at(after: timedelta) -> Moment:
    return Moment(NOW + after)


def test_what_nobody_knows_of_is_doubted_for_a_while() -> None:
    doubts = Doubts()
    assert doubts.about(CLUSTER, at(0 * SECOND))
    assert doubts.about(CLUSTER, at(UNKNOWN_FOR - SECOND))
    assert not doubts.about(CLUSTER, at(UNKNOWN_FOR))


def test_what_was_asked_for_is_doubted_until_it_is_shown() -> None:
    doubts = Doubts()
    doubts.asked(CLUSTER, at(0 * SECOND))
    assert doubts.about(CLUSTER, at(SHOWN_WITHIN - SECOND))
    doubts.shown(CLUSTER, "CREATING", at(SECOND))
    assert not doubts.about(CLUSTER, at(SECOND + UNKNOWN_FOR))


def test_what_was_just_shown_may_be_missing_in_an_older_reading() -> None:
    doubts = Doubts()
    doubts.shown(CLUSTER, "ACTIVE", at(DAY))
    assert doubts.about(CLUSTER, at(DAY + UNKNOWN_FOR - SECOND))
    assert not doubts.about(CLUSTER, at(DAY + UNKNOWN_FOR))


def test_the_end_of_what_aws_takes_away_is_believed_at_once() -> None:
    doubts = Doubts()
    doubts.shown(CLUSTER, "DELETING", at(DAY))
    assert not doubts.about(CLUSTER, at(DAY))
    doubts.shown(STACK, "CREATE_COMPLETE", at(DAY))
    doubts.leaves(STACK)
    assert not doubts.about(STACK, at(DAY))


def test_a_clock_that_is_set_back_makes_no_doubt_last_longer_than_its_time_from_then() -> None:
    doubts = Doubts()
    doubts.asked(CLUSTER, at(DAY))
    doubts.asked(ANN, at(DAY))
    assert doubts.about(CLUSTER, at(SECOND))
    assert doubts.entries(at(SECOND)) == {ANN}
    assert not doubts.about(CLUSTER, at(SECOND + SHOWN_WITHIN))
    assert doubts.entries(at(SECOND + SHOWN_WITHIN)) == frozenset()
