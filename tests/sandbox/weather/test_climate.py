"""What a request meets is chance, and the same chance every time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sigopt_sandbox.weather.climate import Climate, ClimateError, Fault, fate

BAD = Climate(seed=7, throttled=0.05, failed=0.02, lost=0.02, latency=3.0, stale=0.3)


def test_the_same_seed_is_the_same_weather() -> None:
    again = [fate(BAD, "eks GET /clusters/tiny", n) for n in range(50)]
    assert [fate(BAD, "eks GET /clusters/tiny", n) for n in range(50)] == again


def test_another_seed_or_another_request_is_another() -> None:
    one = [fate(BAD, "ec2 DescribeVpcs", n) for n in range(50)]
    other = Climate(seed=8, throttled=0.05, failed=0.02, lost=0.02, latency=3.0, stale=0.3)
    assert [fate(other, "ec2 DescribeVpcs", n) for n in range(50)] != one
    assert [fate(BAD, "ec2 DescribeSubnets", n) for n in range(50)] != one


def test_each_fault_is_as_likely_as_it_says() -> None:
    many = 20_000
    met = Counter(fate(BAD, "any", n).fault for n in range(many))
    for fault, chance in ((Fault.THROTTLED, 0.05), (Fault.FAILED, 0.02), (Fault.LOST, 0.02)):
        assert 0.8 * chance < met[fault] / many < 1.2 * chance
    assert set(met) == {Fault.THROTTLED, Fault.FAILED, Fault.LOST, None}


def test_most_are_a_little_late_and_a_few_are_very_late() -> None:
    late = sorted(fate(BAD, "any", n).late for n in range(1000))
    assert 0 <= late[0] < late[500] < 0.5
    assert 2.5 < late[-1] <= 3.0


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([], "a climate is a mapping"),
        ({"rain": 0.5}, "a climate has no rain"),
        ({"throttled": 1.5}, "throttled is a probability"),
        ({"stale": "often"}, "stale is a probability"),
        ({"throttled": 0.6, "failed": 0.6}, "more than 1 together"),
    ],
)
def test_what_is_no_climate_is_refused(told: Any, words: str) -> None:
    with pytest.raises(ClimateError, match=words):
        Climate.parse(told)


def test_a_climate_is_what_was_asked_for() -> None:
    told = {"seed": 3, "lost": 0.5, "away": ["eks"], "refused": {"AKIA": "ExpiredToken"}}
    assert Climate.parse(told) == Climate(
        seed=3, lost=0.5, away=("eks",), refused={"AKIA": "ExpiredToken"}
    )
