"""A status that is in none of AWS's documents is told and waited out; nothing is done about it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

NEW = "HIBERNATING"
ADDON = "metrics-server"
RICH = {**SPEC, "addons": [{"name": ADDON}]}
THINGS = [
    pytest.param("stacks", "tiny-sigopt", "StackStatus", id="a stack"),
    pytest.param("clusters", "tiny", "status", id="a control plane"),
    pytest.param("groups", "cpu-", "status", id="a node group"),
    pytest.param("addons", ADDON, "status", id="an add-on"),
]


def standing(rig: Rig, spec: dict[str, Any] = RICH) -> None:
    rig.api.apply(KEY, spec)
    rig.until_steady()


def thing(rig: Rig, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = getattr(rig.aws, kind)
    return next(told for each, told in found.items() if each.startswith(name))


@pytest.mark.parametrize(("kind", "name", "member"), THINGS)
def test_it_is_told_and_waited_for_with_nothing_done(
    rig: Rig, kind: str, name: str, member: str
) -> None:
    standing(rig)
    told = thing(rig, kind, name)
    before, changes = told[member], list(rig.aws.changes)
    told[member] = NEW
    rig.restart()
    for _ in range(3):
        rig.round()
    assert rig.aws.changes == changes
    assert rig.condition("Ready")["status"] == "False"
    assert rig.condition("Stalled")["status"] == "False"
    assert f"out of {NEW}, a status that this operator does not know" in rig.status["message"]
    told[member] = before
    rig.until_steady()
    assert rig.aws.changes == changes


@pytest.mark.parametrize(("kind", "name", "member"), THINGS[:3])
def test_what_is_to_be_deleted_waits_for_it_too(
    rig: Rig, kind: str, name: str, member: str
) -> None:
    standing(rig)
    told = thing(rig, kind, name)
    before = told[member]
    told[member] = NEW
    rig.api.delete(KEY)
    for _ in range(8):
        assert not rig.round().released
        rig.aws.advance()
    assert thing(rig, kind, name)[member] == NEW
    assert NEW in rig.status["message"]
    told[member] = before
    rig.until_released()
    assert rig.aws.nothing_stands


def test_a_former_node_group_and_a_former_add_on_wait_for_it_too(rig: Rig) -> None:
    standing(rig)
    former = thing(rig, "groups", "cpu-")
    former["status"] = thing(rig, "addons", ADDON)["status"] = NEW
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "instanceType": "m7g.large"}})
    for _ in range(6):
        rig.round()
        rig.aws.advance()
    assert former["nodegroupName"] in rig.aws.groups
    assert ADDON in rig.aws.addons
    former["status"] = thing(rig, "addons", ADDON)["status"] = "ACTIVE"
    rig.until_steady()
    assert former["nodegroupName"] not in rig.aws.groups
    assert ADDON not in rig.aws.addons


def test_an_update_of_a_status_that_nobody_knows_goes_on(rig: Rig) -> None:
    """It is not taken for one that ended: neither asked for again nor remembered."""
    standing(rig)
    rig.api.apply(KEY, {**RICH, "kubernetesVersion": "1.35"})
    while not rig.aws.updates:
        rig.round()
    (update,) = rig.aws.updates
    update["status"] = "Queued"
    changes = list(rig.aws.changes)
    for _ in range(4):
        rig.round()
    assert rig.aws.changes == changes
    update["status"] = "InProgress"
    rig.until_steady()
    assert rig.status["kubernetesVersion"] == "1.35"


def test_a_status_that_is_empty_is_not_understood(rig: Rig) -> None:
    standing(rig)
    thing(rig, "stacks", "tiny-sigopt")["StackStatus"] = ""
    changes = list(rig.aws.changes)
    rig.restart()
    assert rig.round().failed
    assert rig.aws.changes == changes
    assert rig.condition("Ready")["status"] == "True"
    assert rig.api.events[-1].reason == "AwsNotAnswering"
    assert "a status is empty" in rig.api.events[-1].message
