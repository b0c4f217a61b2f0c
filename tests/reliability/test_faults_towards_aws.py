"""AWS fails in every way, for whole lives: they end as in calm weather, and tell no lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from tests.reliability.judge import judged_all
from tests.reliability.lab import Lab
from tests.reliability.lives import Climate, Lived, live
from tests.reliability.outages import EXPIRED, OUTAGES
from tests.reliability.tenant import Sight

STORM: Climate = {
    "throttled": 0.05,
    "failed": 0.02,
    "lost": 0.02,
    "reset": 0.02,
    "truncated": 0.02,
    "latency": 3.0,
}
LAG: Climate = {"stale": 0.6, "stale_for": 600.0}
"""AWS's readings lag for seconds, and rounds are some ten seconds apart; here they are two minutes
apart and more, since AWS is so much faster than the operator may look."""
WEATHERS: Mapping[str, Climate] = {
    "storm": {"seed": 6, **STORM},
    "another storm": {"seed": 60, **STORM},
    "answers are lost": {"seed": 6, "lost": 0.2, "truncated": 0.02},
    "readings lag": {"seed": 6, **LAG},
}

EXCUSED: Mapping[str, tuple[str, ...]] = {
    # What AWS still shows as it was looks as if somebody had put it back by hand.
    "readings lag": ("a lie: event DriftRepaired",),
}
"""What the judge may say of a life in that weather, by how it begins."""

WHOLE: Mapping[str, Callable[[Lab], Lived]] = {
    "calm": live,
    **{name: partial(live, climate=climate) for name, climate in WEATHERS.items()},
    **{name: partial(live, scenarios=amid.without(name)) for name, amid in OUTAGES.items()},
    "keys expire": partial(live, scenarios=EXPIRED),
}

Lives = Mapping[str, Future[Lived]]


@pytest.fixture(scope="module")
def lives(lab: Lab) -> Iterator[Lives]:
    """All of them side by side."""
    with ThreadPoolExecutor(len(WHOLE)) as threads:
        yield {name: threads.submit(life, lab) for name, life in WHOLE.items()}


@pytest.mark.parametrize("name", [*WEATHERS, *OUTAGES])
def test_a_life_ends_as_in_calm_weather_with_nothing_twice_nothing_left_and_nothing_untrue(
    lives: Lives, name: str
) -> None:
    calm, lived = lives["calm"].result(), lives[name].result()
    found = judged_all(lived.passed, calm.passed)
    excused = EXCUSED.get(name, ())
    assert [told for told in found if not told.partition(": ")[2].startswith(excused)] == []


def test_the_calm_life_is_true(lives: Lives) -> None:
    calm = lives["calm"].result()
    assert judged_all(calm.passed, calm.passed) == []


@pytest.mark.parametrize("name", [*WEATHERS, *OUTAGES])
def test_nobody_is_asked_to_do_anything_about_it(lives: Lives, name: str) -> None:
    told = [s.status["message"] for s in lives[name].result().sights if stalled(s)]
    assert told == []


@pytest.mark.parametrize("name", WHOLE)
def test_the_weather_was_as_bad_as_it_says(lives: Lives, name: str) -> None:
    met = lives[name].result().met
    expected = {
        **{storm: {"throttled", "failed", "lost", "reset", "truncated"} for storm in WEATHERS},
        "answers are lost": {"lost", "truncated"},
        "readings lag": {"stale"},
        **{service: {"away"} for service in OUTAGES},
        "keys expire": {"refused"},
        "calm": set(),
    }
    assert set(met) - {"requests"} == expected[name], met


def test_keys_that_expire_amid_a_creation_are_asked_for_and_it_goes_on_with_others(
    lives: Lives,
) -> None:
    lived = lives["keys expire"].result()
    assert str(lived.sights[-1].status["operatorArn"]).endswith("/rotated")
    assert lived.passed[-1].leaks == []


@pytest.mark.parametrize("name", WHOLE)
def test_no_line_of_the_log_is_a_traceback(lives: Lives, name: str) -> None:
    assert "Traceback" not in lives[name].result().log


def stalled(sight: Sight) -> bool:
    return sight.condition("Stalled").get("status") == "True"
