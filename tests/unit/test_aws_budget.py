"""A bounded rate of calls to each account and region, however AWS fails."""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError
from tests.fakes.wire import Wire
from tests.fakes.wire import wire as wire  # a fixture

from sigopt_operator.aws.budget import (
    BURST,
    HALVED_EVERY,
    LEAST,
    LONGEST_WAIT,
    RATE,
    Bucket,
    Budgets,
)
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.errors import AwsError, translated
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.trouble import Kind
from sigopt_operator.runtime.backoff import delay

A_CREATION = 75
"""More calls than making a cluster costs in all (tests/component/test_calls_of_a_creation.py)."""


@dataclass
class Hand:
    """A clock that only moves when somebody sleeps, or a test winds it."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Crowd(Hand):
    """Many sleep at the same time, each in a thread of its own."""

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def admitted(bucket: Bucket, clock: Hand, seconds: float, every: float = 0.01) -> int:
    """How many calls go out when somebody asks all the time."""
    end, count = clock.at + seconds, 0
    while clock.at < end:
        count += bucket.take()
        clock.at += every
    return count


def test_a_whole_creation_at_once_waits_for_nothing() -> None:
    clock = Hand()
    bucket = Bucket(clock)
    assert all(bucket.take() for _ in range(A_CREATION))
    assert clock.slept == []


def test_after_a_burst_calls_wait_for_their_turn_and_none_for_long() -> None:
    clock = Hand()
    bucket = Bucket(clock)
    for _ in range(int(BURST) + 200):
        assert bucket.take()
    assert clock.at == pytest.approx(200 / RATE)
    assert max(clock.slept) <= LONGEST_WAIT


def test_who_asks_all_the_time_gets_the_rate_and_no_more() -> None:
    clock = Hand()
    assert admitted(Bucket(clock), clock, 100) <= BURST + 100 * RATE + 1


def test_who_would_wait_too_long_is_turned_away_at_once() -> None:
    clock = Crowd()
    bucket = Bucket(clock)
    answers = [bucket.take() for _ in range(1000)]
    assert answers.count(True) == pytest.approx(BURST + LONGEST_WAIT * RATE, abs=1)
    assert max(clock.slept) <= LONGEST_WAIT
    clock.at += 1
    assert bucket.take()


def test_throttling_halves_the_rate_once_for_one_burst() -> None:
    clock = Hand()
    bucket = Bucket(clock)
    for _ in range(20):
        bucket.throttled()
    assert bucket.rate == RATE / 2
    clock.at += HALVED_EVERY
    bucket.throttled()
    assert bucket.rate == pytest.approx(RATE / 4, abs=1)


def test_an_aws_that_only_throttles_sees_the_least_rate() -> None:
    clock = Hand()
    bucket = Bucket(clock)
    for _ in range(60):
        bucket.throttled()
        clock.at += HALVED_EVERY
    before, count = clock.at, 0
    while clock.at < before + 100:
        if bucket.take():
            count += 1
            bucket.throttled()
        clock.at += 0.05
    assert count <= 100 * (LEAST + 1)
    assert count >= 100 * LEAST / 2


def test_the_rate_recovers_slowly_and_bursts_come_back_last() -> None:
    clock = Hand()
    bucket = Bucket(clock)
    bucket.throttled()
    clock.at += 10
    assert RATE / 2 < bucket.rate < RATE
    clock.at += 1000
    assert bucket.rate == RATE
    clock.at += BURST / RATE
    clock.slept.clear()
    assert all(bucket.take() for _ in range(int(BURST)))
    assert clock.slept == []


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    clock = Hand(at=1000.0)
    bucket = Bucket(clock)
    for _ in range(int(BURST)):
        bucket.take()
    clock.at = 0.0
    bucket.take()
    assert clock.slept == [pytest.approx(1 / RATE)]


def calls_of_many_that_fail(answer: Callable[[Bucket], None]) -> list[float]:
    """When calls go out in ten minutes in which 200 clusters' rounds all fail, from a restart on.

    Each round fails at its first call, which botocore tries three times, and comes back later and
    later, as the queue has it.
    """
    clock, sent = Crowd(), list[float]()
    bucket = Bucket(clock)
    due = [(0.0, number, 1) for number in range(200)]
    while due[0][0] < 600:
        at, number, failures = heapq.heappop(due)
        clock.at = at
        for _ in range(3):
            if bucket.take():
                sent.append(at)
                answer(bucket)
        heapq.heappush(due, (at + delay(failures, 0.5).total_seconds(), number, failures + 1))
    return sent


def most_in(seconds: float, sent: list[float]) -> int:
    return max(bisect.bisect_left(sent, at + seconds) - place for place, at in enumerate(sent))


def test_two_hundred_clusters_that_fail_at_once_are_bounded() -> None:
    sent = calls_of_many_that_fail(lambda _bucket: None)
    assert most_in(10, sent) <= BURST + (10 + LONGEST_WAIT) * RATE
    assert most_in(600, sent) <= 200 * 3 * 10


def test_two_hundred_clusters_that_are_throttled_at_once_leave_aws_alone() -> None:
    sent = calls_of_many_that_fail(Bucket.throttled)
    assert most_in(60, sent) <= BURST + 62 * 2
    assert len(sent) >= 600 * LEAST / 2


SECRETS = {
    ("ml", name): {"aws_access_key_id": name.encode(), "aws_secret_access_key": b"canary-budget"}
    for name in ("AKIAA", "AKIAB", "AKIAC")
}
OURS, OTHERS = "777788889999", "121212121212"


@dataclass
class Bench:
    """Real clients before a wire, and the budgets that they spend."""

    wire: Wire
    budgets: Budgets
    source: ClientSource

    def clients(self, login: Login) -> Clients:
        """Clients that have said who they are, as every first round has them do."""
        found = self.source.clients(login, "us-west-2")
        found.sts.get_caller_identity()
        return found

    def rate(self, account: str, region: str = "us-west-2") -> float:
        return self.budgets.of(account, region).rate


@pytest.fixture
def bench(wire: Wire) -> Bench:
    wire.accounts |= {"AKIAA": OURS, "AKIAB": OURS, "AKIAC": OTHERS}
    budgets = Budgets(Crowd(), rate=10)
    return Bench(wire, budgets, ClientSource(lambda *of: SECRETS.get(of), budgets))


def fails(clients: Clients) -> ClientError:
    with pytest.raises(ClientError) as caught:
        clients.cloudformation.describe_stacks()
    return caught.value


def test_every_attempt_of_a_call_spends(bench: Bench) -> None:
    clients = bench.clients(Login("ml"))
    bench.wire.refusals["DescribeStacks"] = (503, "ServiceUnavailable", "down")
    fails(clients)
    assert bench.wire.actions().count("DescribeStacks") == 3
    left = [bench.budgets.of("111122223333", "us-west-2").take() for _ in range(200)]
    assert left.count(True) == BURST + 10 * LONGEST_WAIT - 3


def test_one_account_has_one_budget_whoever_spends_it(bench: Bench) -> None:
    one, another, stranger = (
        bench.clients(Login("ml", name)) for name in ("AKIAA", "AKIAB", "AKIAC")
    )
    bench.wire.refusals["DescribeStacks"] = (400, "Throttling", "Rate exceeded")
    fails(one)
    assert bench.rate(OURS) == 5
    assert bench.rate(OTHERS) == 10
    assert bench.rate(OURS, "eu-west-1") == 10
    bench.wire.refusals.clear()
    while bench.budgets.of(OURS, "us-west-2").take():
        pass
    with pytest.raises(AwsError):
        another.eks.list_clusters()
    stranger.cloudformation.describe_stacks()


def test_a_role_spends_the_budget_of_its_account_from_its_first_call(bench: Bench) -> None:
    clients = bench.source.clients(
        Login("ml", None, f"arn:aws:iam::{OURS}:role/tenant", "external"), "us-west-2"
    )
    bench.wire.refusals["DescribeStacks"] = (429, "TooManyRequestsException", "Too Many Requests")
    fails(clients)
    assert bench.rate(OURS) == 5
    assert bench.rate("111122223333") == 10


def test_what_means_a_quota_does_not_slow_anything(bench: Bench) -> None:
    clients = bench.clients(Login("ml", "AKIAA"))
    bench.wire.refusals["DescribeStacks"] = (400, "LimitExceededException", "too many stacks")
    fails(clients)
    assert bench.rate(OURS) == 10


def test_a_call_that_is_turned_away_never_goes_out_and_is_retried_later(bench: Bench) -> None:
    clients = bench.clients(Login("ml", "AKIAA"))
    while bench.budgets.of(OURS, "us-west-2").take():
        pass
    bench.wire.sent.clear()
    with pytest.raises(AwsError) as turned_away, translated():
        clients.cloudformation.describe_stacks()
    trouble = turned_away.value.trouble
    assert trouble.kind is Kind.RETRY
    assert trouble.operation == "DescribeStacks"
    assert "10 calls a second" in str(trouble)
    assert bench.wire.sent == []
