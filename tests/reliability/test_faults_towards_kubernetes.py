"""The management cluster fails, or loses what it was given: clusters come to no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from tests.reliability.calls import FINALIZERS
from tests.reliability.judge import judged_all
from tests.reliability.lab import Lab
from tests.reliability.lives import Climate, Lived, live, live_before
from tests.reliability.namesakes import NAMESAKES
from tests.reliability.test_faults_towards_aws import stalled

from sigopt_sandbox.weather.before import Before, before_api_server

STORM: Climate = {
    "seed": 24,
    "conflict": 0.2,
    "throttled": 0.05,
    "failed": 0.02,
    "lost": 0.05,
    "reset": 0.02,
    "truncated": 0.02,
    "expired": 0.1,
    "latency": 0.2,
}
"""With this seed the first answer that is lost is that to kopf's own writing of the finalizer."""

Lives = Mapping[str, Future[Lived]]


@pytest.fixture(scope="module")
def before(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    """Weather before the management cluster."""
    kubeconfig = lab.sandbox.kubeconfig
    with before_api_server(kubeconfig, tmp_path_factory.mktemp("before")) as weather:
        yield weather


@pytest.fixture(scope="module")
def lives(lab: Lab, before: Before) -> Iterator[Lives]:
    """All of them side by side."""
    whole: Mapping[str, Callable[[Lab], Lived]] = {
        "calm": live,
        "storm": partial(live_before, before=before, climate=STORM),
        "let go by hand": partial(live, scenarios=NAMESAKES),
    }
    with ThreadPoolExecutor(len(whole)) as threads:
        yield {name: threads.submit(life, lab) for name, life in whole.items()}


def test_a_life_amid_errors_conflicts_and_expired_watches_goes_as_in_calm_weather(
    lives: Lives,
) -> None:
    """It ends so, with nothing twice, left, destroyed or untrue, and without a traceback."""
    calm, lived = lives["calm"].result(), lives["storm"].result()
    assert judged_all(lived.passed, calm.passed) == []


def test_nobody_is_asked_to_do_anything_about_it(lives: Lives) -> None:
    sights = lives["storm"].result().sights
    assert [sight.status["message"] for sight in sights if stalled(sight)] == []


def test_the_storm_was_one(lives: Lives) -> None:
    met = set(lives["storm"].result().met)
    assert met >= {"conflict", "throttled", "failed", "lost", "reset", "truncated"}
    assert "watch expired" in met


def test_the_answer_that_is_lost_first_is_of_the_finalizer_and_the_watch_begins_anew(
    lives: Lives,
) -> None:
    lived = lives["storm"].result()
    written = [note for note in lived.passed[0].notes if note.call.op == FINALIZERS]
    lost, again = (note.error for note in written if note.what == "answered")
    assert lost
    assert not lost.startswith("HTTP")
    assert again == "HTTP 422"  # it stands there already
    assert "kopf waits for an event of" in lived.log


def test_what_one_let_go_by_hand_left_is_taken_over_only_when_asked_and_nothing_is_twice(
    lives: Lives,
) -> None:
    """That it says `NameConflict` before is what the life waits for."""
    calm, lived = lives["calm"].result(), lives["let go by hand"].result()
    assert _counted(lived) == _counted(calm)
    assert lived.passed[-1].leaks == []
    assert "Traceback" not in lived.log


def _counted(lived: Lived) -> Mapping[str, int]:
    """How many there are in AWS of each kind and name, once it was Ready."""
    return {name: len(things) for name, things in lived.passed[0].world.aws.items()}
