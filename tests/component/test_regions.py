"""The region of a resource that names none: the operator's default when it was begun."""

from __future__ import annotations

import pytest
from tests.component.rounds import KEY, SPEC, Rig

ANYWHERE = {name: value for name, value in SPEC.items() if name != "region"}


def installed(rig: Rig, region: str | None) -> None:
    """The operator is started again, with another default."""
    rig.region = region
    rig.restart()
    rig.regions.clear()


@pytest.fixture
def standing(rig: Rig) -> Rig:
    """A cluster that was made where the default was."""
    installed(rig, "us-west-2")
    rig.api.apply(KEY, ANYWHERE)
    rig.until_steady()
    return rig


another_default = pytest.mark.parametrize(
    "default", [pytest.param(None, id="none"), pytest.param("eu-west-1", id="another")]
)


@another_default
def test_another_default_moves_no_cluster(standing: Rig, default: str | None) -> None:
    installed(standing, default)
    standing.aws.calls.clear()
    standing.round()
    assert standing.status["phase"] == "Ready"
    assert standing.status["region"] == "us-west-2"
    assert "--region us-west-2 " in standing.status["connectCommand"]
    assert standing.regions == {"us-west-2"}
    assert standing.aws.changes == []


@another_default
def test_a_cluster_is_deleted_where_it_was_made(standing: Rig, default: str | None) -> None:
    installed(standing, default)
    standing.api.delete(KEY)
    standing.until_released()
    assert standing.aws.nothing_stands
    assert standing.regions == {"us-west-2"}


def test_one_that_was_never_begun_begins_where_the_default_is_by_then(rig: Rig) -> None:
    rig.api.apply(KEY, ANYWHERE)
    rig.round()
    assert rig.condition("Stalled")["reason"] == "RegionMissing"
    installed(rig, "eu-west-1")
    rig.until_steady()
    assert rig.status["region"] == "eu-west-1"


def test_one_that_was_never_begun_can_be_deleted(rig: Rig) -> None:
    rig.api.apply(KEY, ANYWHERE)
    rig.round()
    rig.api.delete(KEY)
    assert rig.round().released


def test_no_refusal_lets_go_of_what_was_begun(standing: Rig) -> None:
    """Such as where a hand took the region out of the status."""
    standing.api.objects[KEY]["status"]["region"] = ""
    installed(standing, None)
    standing.api.delete(KEY)
    assert not standing.round().released
    assert standing.condition("Stalled")["reason"] == "RegionMissing"
    installed(standing, "us-west-2")
    standing.until_released()
    assert standing.aws.nothing_stands
