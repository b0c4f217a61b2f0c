"""A process grows where its later half is above the former by more than noise; warm-up is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.reliability.soak.growth import LEAST, WARM_UP, left_behind, trends
from tests.reliability.soak.sample import Sample, summed

QUIET = Sample(
    wave=1,
    lives=20,
    resident=250e6,
    threads=40,
    files=400,
    queued=0,
    later=20,
    running=0,
    resources=0,
    log_lines=50.0,
    log_bytes=6000.0,
    rounds=0,
    aws_calls=0,
)


def growing(samples: Sequence[Sample]) -> list[str]:
    return [trend.measure.name for trend in trends(samples) if trend.grows]


def test_one_that_stays_as_it_is_does_not_grow() -> None:
    assert growing([QUIET] * 10) == []


def test_warming_up_is_no_growth() -> None:
    cold = [replace(QUIET, resident=90e6, threads=8, files=30), replace(QUIET, resident=180e6)]
    assert growing([*cold, *[QUIET] * 8]) == []


@pytest.mark.parametrize(
    ("field", "each", "name"),
    [
        ("resident", 3e6, "memory"),
        ("threads", 3, "threads"),
        ("files", 20, "open files and connections"),
        ("queued", 1, "keys that wait for a worker"),
        ("log_lines", 8, "log lines a life"),
        ("log_bytes", 900, "log bytes a life"),
    ],
)
def test_what_is_more_after_each_wave_grows(field: str, each: float, name: str) -> None:
    at_first = getattr(QUIET, field)
    assert growing([replace(QUIET, **{field: at_first + each * n}) for n in range(10)]) == [name]


def test_one_wave_that_is_unlike_the_others_is_noise() -> None:
    odd = replace(QUIET, resident=260e6, files=500, log_lines=200.0)
    assert growing([*[QUIET] * 7, odd, *[QUIET] * 2]) == []


def test_too_few_waves_are_not_judged() -> None:
    assert trends([QUIET] * (WARM_UP + LEAST - 1)) == []
    assert trends([QUIET] * (WARM_UP + LEAST)) != []


def test_a_key_that_stays_though_its_resource_is_gone_is_left_behind() -> None:
    assert left_behind(replace(QUIET, later=0)) == []
    assert left_behind(QUIET) == ["20 keys with a round to come without any resource"]


def test_figures_are_summed_over_their_labels() -> None:
    text = '# HELP a b\nrounds_total{outcome="done"} 3.0\nrounds_total{outcome="bug"} 1.0\nup 1e3\n'
    assert summed(text) == {"rounds_total": 4.0, "up": 1000.0}
