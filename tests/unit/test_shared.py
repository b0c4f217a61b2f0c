"""What is asked of a whole account is asked once, for all the resources that want it at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sigopt_operator.aws.shared import FRESH_FOR, TIMES, Shared
from sigopt_operator.plan.moment import Moment

NOW = datetime(2026, 11, 25, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Account:
    """Counts how often it is asked; asking takes so many seconds of a clock of its own."""

    def __init__(self, takes: float = 0.0) -> None:
        self.clock = 1000.0
        self.takes = takes
        self.times = 0
        self.fails = False
        self.shared = Shared(lambda: self.clock)

    def read(self) -> int:
        self.times += 1
        self.clock += self.takes
        if self.fails:
            raise ValueError(f"refused {self.times}")
        return self.times

    def told(self, after: timedelta = timedelta(0), what: str = "roles", speed: float = 1) -> int:
        return self.shared.of(what, self.read, Moment(NOW + after, speed))


def test_who_asks_soon_after_another_is_told_the_same() -> None:
    account = Account()
    assert [account.told(), account.told(FRESH_FOR - SECOND)] == [1, 1]


def test_later_it_is_asked_again() -> None:
    account = Account()
    assert [account.told(), account.told(FRESH_FOR)] == [1, 2]


def test_soon_is_of_awss_time() -> None:
    account = Account()
    assert [account.told(speed=60), account.told(SECOND, speed=60)] == [1, 2]


def test_another_question_is_another_answer() -> None:
    account = Account()
    assert [account.told(), account.told(what="networks")] == [1, 2]


def test_a_clock_that_is_set_back_shares_nothing() -> None:
    account = Account()
    assert [account.told(), account.told(-timedelta(days=1))] == [1, 2]


def test_what_took_long_is_shared_for_so_many_times_as_long() -> None:
    account = Account(takes=30.0)
    account.told()
    account.clock += TIMES * account.takes - 1
    assert account.told(timedelta(minutes=3)) == 1
    account.clock += 2
    assert account.told(timedelta(minutes=4)) == 2


def test_a_failure_is_not_kept() -> None:
    account = Account()
    account.fails = True
    with pytest.raises(ValueError, match="refused 1"):
        account.told()
    account.fails = False
    assert account.told() == 2


class Slow(Account):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may = threading.Event(), threading.Event()

    def read(self) -> int:
        self.asked.set()
        assert self.may.wait(60)
        return super().read()


@pytest.mark.parametrize("fails", [False, True])
def test_who_asks_meanwhile_waits_for_that_very_answer(fails: bool) -> None:
    account = Slow()
    account.fails = fails
    waiting = threading.Barrier(9)

    def other() -> int:
        waiting.wait(60)
        return account.told()

    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(account.told)
        assert account.asked.wait(60)
        others = [threads.submit(other) for _ in range(8)]
        waiting.wait(60)
        account.may.set()
    assert str(first.exception() or first.result()) == ("refused 1" if fails else "1")
    # One that comes only after a failure asks for itself.
    assert account.times == 1 or fails
    assert fails or {each.result() for each in others} == {1}
