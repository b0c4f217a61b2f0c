"""Turns in a region whose AWS does not answer in time: most workers are for who is answered."""

from contextlib import ExitStack

import pytest
from tests.fakes.clock import Clock

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.aws.turns import HANGS_FOR, TOO_LONG, Turns
from sigopt_operator.plan.trouble import Kind, Trouble

HERE, ELSEWHERE = "us-west-2", "eu-west-1"


def looked(turns: Turns, region: str, who: str, code: str = "ReadTimeoutError") -> None:
    """A look that ends like that."""
    with pytest.raises(AwsError, match=code), turns.at(region, who):
        raise AwsError(Trouble(Kind.RETRY, code, "no answer", "DescribeCluster"))


def admitted(turns: Turns, region: str, most: int = 9) -> int:
    """How many looks there may go on at a time, of so many that want to."""
    with ExitStack() as inside:
        for n in range(most):
            try:
                inside.enter_context(turns.at(region, f"uid-{n}"))
            except AwsError:
                return n
        return most


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns(clock: Clock) -> Turns:
    return Turns(3, clock=lambda: clock.now)


def test_where_aws_answers_everybody_may_look(turns: Turns) -> None:
    assert admitted(turns, HERE) == 9


def test_where_a_look_timed_out_so_many_may_and_all_elsewhere(turns: Turns) -> None:
    looked(turns, HERE, "uid")
    assert admitted(turns, HERE) == 3
    assert admitted(turns, ELSEWHERE) == 9


def test_a_look_that_took_too_long_tells_the_same_whatever_came_of_it(
    turns: Turns, clock: Clock
) -> None:
    looked(turns, HERE, "uid")
    with turns.at(HERE, "uid"):
        clock.now += TOO_LONG
    assert admitted(turns, HERE) == 3


def test_who_has_no_turn_is_put_off_as_if_aws_did_not_answer(turns: Turns) -> None:
    looked(turns, HERE, "uid")
    with turns.at(HERE, "a"), turns.at(HERE, "b"), turns.at(HERE, "c"):
        with pytest.raises(AwsError, match=f"AWS in {HERE} does not answer") as put_off:
            turns.at(HERE, "uid").__enter__()
        assert put_off.value.trouble.reason == "AwsNotAnswering"


def test_a_turn_is_given_back_however_the_look_ends(turns: Turns) -> None:
    for _ in range(5):
        looked(turns, HERE, "uid")
    assert admitted(turns, HERE) == 3


def test_regions_that_hang_share_the_turns(turns: Turns) -> None:
    looked(turns, HERE, "uid")
    looked(turns, ELSEWHERE, "uid")
    with turns.at(HERE, "one"), turns.at(HERE, "another"):
        assert admitted(turns, ELSEWHERE) == 1


def test_another_failure_does_not_mean_that_aws_hangs(turns: Turns) -> None:
    looked(turns, HERE, "uid", "ServiceUnavailableException")
    assert admitted(turns, HERE) == 9


def test_it_hangs_no_more_once_the_one_that_timed_out_is_answered(turns: Turns) -> None:
    looked(turns, HERE, "uid")
    with turns.at(HERE, "uid"):
        pass
    assert admitted(turns, HERE) == 9


def test_a_look_of_another_that_is_answered_proves_nothing(turns: Turns) -> None:
    """It may have asked for little: most is remembered."""
    looked(turns, HERE, "uid")
    with turns.at(HERE, "another"):
        pass
    assert admitted(turns, HERE) == 3


def test_a_while_after_the_last_that_timed_out_all_may_try_again(
    turns: Turns, clock: Clock
) -> None:
    looked(turns, HERE, "uid")
    clock.pass_on(HANGS_FOR - 1)
    assert admitted(turns, HERE) == 3
    clock.pass_on(1)
    assert admitted(turns, HERE) == 9
