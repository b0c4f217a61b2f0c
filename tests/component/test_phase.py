"""The phase says of a cluster what is true of it, by the table in docs/resource.md."""

from __future__ import annotations

from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.component.test_another_identity import OTHER
from tests.component.test_policies import OBSERVE
from tests.component.test_trouble import DENIED, GOOD, SECRET, WITH_SECRET
from tests.fakes.aws import refusal

DOWN = refusal("ServerException", "down", "Describe", 500)
WIDER = {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}}


def down(rig: Rig) -> dict[str, Any]:
    """The status after a round in which AWS did not answer."""
    rig.aws.failing |= {"describe_stacks": DOWN, "describe_cluster": DOWN}
    rig.restart()
    assert rig.round().failed
    rig.aws.failing.clear()
    return rig.status


def phases_until_ready(rig: Rig, most: int = 40) -> set[str]:
    """What is said of it on the way."""
    found: set[str] = set()
    for _ in range(most):
        rig.round()
        if rig.status["phase"] == "Ready":
            return found
        found.add(rig.status["phase"])
        rig.aws.advance()
    raise AssertionError(f"not Ready after {most} rounds: {rig.status}")


def test_what_was_ready_is_updating_when_a_secret_is_back_and_aws_does_not_answer(rig: Rig) -> None:
    """It was said to be Pending, and then to be Creating, with all its nodes there."""
    rig.api.secrets[SECRET] = GOOD
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_steady()
    del rig.api.secrets[SECRET]
    rig.round()
    assert rig.status["phase"] == "Blocked"
    rig.api.secrets[SECRET] = GOOD
    assert down(rig)["phase"] == "Updating"
    rig.api.apply(KEY, {**WITH_SECRET, "cpu": WIDER["cpu"]})
    assert phases_until_ready(rig) == {"Updating"}


def test_what_was_begun_is_creating_when_a_secret_is_back_and_aws_does_not_answer(rig: Rig) -> None:
    rig.api.secrets[SECRET] = GOOD
    rig.api.apply(KEY, WITH_SECRET)
    rig.round()
    del rig.api.secrets[SECRET]
    rig.round()
    assert rig.status["phase"] == "Blocked"
    rig.api.secrets[SECRET] = GOOD
    assert down(rig)["phase"] == "Creating"
    assert phases_until_ready(rig) == {"Creating"}


def test_what_was_never_begun_is_pending_when_a_secret_is_there_and_aws_does_not_answer(
    rig: Rig,
) -> None:
    rig.api.apply(KEY, WITH_SECRET)
    rig.round()
    assert rig.status["phase"] == "Blocked"
    rig.api.secrets[SECRET] = GOOD
    assert down(rig)["phase"] == "Pending"


def test_what_was_blocked_before_it_was_ever_ready_is_creating(rig: Rig) -> None:
    """Nodes had been counted, and it was said to be Updating."""
    rig.aws.failing["create_addon"] = DENIED
    rig.api.apply(KEY, SPEC)
    for _ in range(20):
        rig.round()
        rig.aws.advance()
    assert (rig.status["phase"], rig.status["nodes"]["ready"]) == ("Blocked", 1)
    assert "fulfilledGeneration" not in rig.status
    rig.aws.failing.clear()
    assert phases_until_ready(rig) == {"Creating"}


@pytest.mark.parametrize("rounds", range(1, 6))
def test_another_identity_amid_the_creation_is_no_edit_of_what_was_ready(
    rig: Rig, rounds: int
) -> None:
    rig.api.apply(KEY, SPEC)
    for _ in range(rounds):
        rig.round()
        rig.aws.advance()
    rig.aws.caller, rig.rotated = OTHER, True
    assert phases_until_ready(rig) == {"Creating"}


def test_what_was_ready_is_updating_for_another_identity_too(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.caller, rig.rotated = OTHER, True
    assert phases_until_ready(rig) == {"Updating"}


def test_a_plan_for_what_nobody_made_is_pending(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Plan"})
    rig.round()
    assert rig.condition("Ready")["reason"] == "Planned"
    assert rig.status["phase"] == "Pending"
    assert down(rig)["phase"] == "Pending"


def test_a_plan_for_what_was_begun_is_creating(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.round()
    rig.aws.advance()
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Plan"})
    rig.round()
    assert rig.status["phase"] == "Creating"


def test_a_plan_for_what_was_ready_is_updating_until_all_is_as_planned(rig: Rig) -> None:
    """It was said to be Pending, and, once the plan was to be carried out, to be Creating."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Plan"})
    rig.round()
    assert rig.status["phase"] == "Ready"
    rig.api.apply(KEY, {**WIDER, "managementPolicy": "Plan"})
    rig.round()
    assert rig.condition("Ready")["reason"] == "Planned"
    assert rig.status["phase"] == "Updating"
    rig.api.apply(KEY, WIDER)
    assert phases_until_ready(rig) == {"Updating"}


def test_a_plan_to_take_over_what_somebody_kept_is_pending(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    rig.until_steady()
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    adopting = {**SPEC, "deletionPolicy": "Delete", "adopt": True}
    rig.api.apply(KEY, {**adopting, "managementPolicy": "Plan"})
    rig.round()
    assert rig.condition("Ready")["reason"] == "Planned"
    assert rig.status["phase"] == "Pending"


def test_what_is_paused_is_not_blocked_when_nobody_has_to_do_anything_any_more(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.account = "999988887777"
    rig.restart()
    rig.api.apply(KEY, {**WIDER, "paused": True})
    rig.round()
    assert rig.status["phase"] == "Blocked"
    rig.aws.account = "111122223333"
    rig.restart()
    rig.round()
    assert rig.condition("Stalled")["status"] == "False"
    assert rig.condition("Ready")["reason"] == "Paused"
    assert rig.status["phase"] == "Updating"


def test_what_is_only_looked_at_is_pending_while_aws_does_not_answer(rig: Rig) -> None:
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name="tiny", tags={"team": "other"})
    rig.aws.advance()
    rig.api.apply(KEY, OBSERVE)
    rig.until_steady()
    rig.api.apply(KEY, {**OBSERVE, "tags": {"a": "b"}})
    assert down(rig)["phase"] == "Pending"
