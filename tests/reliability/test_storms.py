"""Storms towards AWS in the scenarios that the life of the other file leaves out.

A pool comes and goes, people get access, keys are rotated; a deletion amid a creation; a cluster
that somebody else made is taken over and deleted. STORMS=all goes through every scenario that the
crash matrix has: the upgrade by three versions and the cluster that is kept and taken over, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from tests.reliability.judge import judged_all
from tests.reliability.lab import Lab
from tests.reliability.lives import Lived, live
from tests.reliability.scenarios import CHAINS, Chain
from tests.reliability.test_faults_towards_aws import STORM, stalled

SOME = ("remove-pool", "access", "rotate-credentials")
"""Of the longest chain, beside its first and its last."""
CLIMATE = {"seed": 6, **STORM}


def _chains() -> Iterator[Chain]:
    longest, *others = CHAINS
    yield longest if os.environ.get("STORMS") == "all" else longest.through(SOME)
    yield from others


STORMED = {chain.name: chain for chain in _chains()}
Lives = Mapping[tuple[str, str], Future[Lived]]


@pytest.fixture(scope="module")
def lives(lab: Lab) -> Iterator[Lives]:
    """Each chain in calm weather and in the storm, side by side."""
    climates = {"calm": None, "storm": CLIMATE}
    with ThreadPoolExecutor(len(STORMED) * len(climates)) as threads:
        yield {
            (name, weather): threads.submit(live, lab, chain.scenarios, climate, chain.prepare)
            for name, chain in STORMED.items()
            for weather, climate in climates.items()
        }


@pytest.mark.parametrize("name", STORMED)
def test_a_chain_goes_as_in_calm_weather_with_nothing_twice_nothing_left_and_nothing_untrue(
    lives: Lives, name: str
) -> None:
    calm, lived = lives[name, "calm"].result(), lives[name, "storm"].result()
    assert judged_all(calm.passed, calm.passed) == []
    assert judged_all(lived.passed, calm.passed) == []


@pytest.mark.parametrize("name", STORMED)
def test_nobody_is_asked_to_do_anything_about_it(lives: Lives, name: str) -> None:
    sights = lives[name, "storm"].result().sights
    assert [sight.status["message"] for sight in sights if stalled(sight)] == []


def test_the_storm_was_one(lives: Lives) -> None:
    met = set().union(*(lives[name, "storm"].result().met for name in STORMED))
    assert met == {"requests", "throttled", "failed", "lost", "reset", "truncated"}
