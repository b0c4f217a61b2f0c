"""What a cluster told at its deletion is not forgotten because it answers no more."""

from dataclasses import replace
from datetime import timedelta

from tests.fakes import world as w

from sigopt_operator.observe.surveys import Surveys
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.workload.left import ClaimedVolume, Workload

VOLUMES = (ClaimedVolume("vol-1", "shop/data", "pvc-1"),)
SILENCE = Workload(problem="silence")


def later(seconds: int) -> Moment:
    return Moment(w.NOW + timedelta(seconds=seconds))


def test_its_volumes_are_those_of_the_last_answer_and_its_silence_has_a_beginning() -> None:
    surveys = Surveys()
    assert surveys.told(Workload(volumes=VOLUMES), later(0)) == Workload(volumes=VOLUMES)
    silent = replace(SILENCE, volumes=VOLUMES, silent_since=w.NOW + timedelta(seconds=5))
    assert surveys.told(SILENCE, later(5)) == silent
    assert surveys.told(SILENCE, later(65)) == silent


def test_an_answer_ends_the_silence_and_replaces_what_was_known() -> None:
    surveys = Surveys()
    surveys.told(Workload(volumes=VOLUMES), later(0))
    surveys.told(SILENCE, later(5))
    assert surveys.told(Workload(), later(10)) == Workload()
    silent = surveys.told(SILENCE, later(15))
    assert (silent.volumes, silent.silent_since) == ((), w.NOW + timedelta(seconds=15))


def test_a_clock_that_is_set_back_makes_no_silence_longer_than_it_can_be() -> None:
    surveys = Surveys()
    surveys.told(SILENCE, later(3600))
    assert surveys.told(SILENCE, later(0)).silent_since == w.NOW
