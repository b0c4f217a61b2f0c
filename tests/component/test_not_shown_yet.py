"""At the end of a resource, what AWS does not show yet is neither left behind nor forgotten."""

from __future__ import annotations

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import refusal

HIDDEN = {
    "describe_stacks": refusal("ValidationError", "Stack with id tiny-sigopt does not exist"),
    "describe_cluster": refusal("ResourceNotFoundException", "No cluster found for name: tiny."),
}


def made(rig: Rig, last: str) -> None:
    """A resource for which that was just asked of AWS."""
    rig.api.apply(KEY, SPEC)
    while last not in rig.aws.changes:
        rig.next_round()


def begun(rig: Rig, last: str) -> None:
    """The same, and the resource is to go."""
    made(rig, last)
    rig.api.delete(KEY)


@pytest.fixture(params=["create_stack", "create_cluster"])
def asked(request: pytest.FixtureRequest) -> str:
    created: str = request.param
    return created


def hidden(rig: Rig, asked: str) -> None:
    shown_late = "describe_stacks" if asked == "create_stack" else "describe_cluster"
    rig.aws.failing[shown_late] = HIDDEN[shown_late]


def ends_once_shown(rig: Rig) -> None:
    """AWS shows everything again, and all of it goes."""
    rig.aws.failing.clear()
    rig.until_released()
    assert rig.aws.nothing_stands


def test_what_was_just_made_and_is_not_shown_yet_holds_the_end(rig: Rig, asked: str) -> None:
    begun(rig, asked)
    hidden(rig, asked)
    for _ in range(5):
        rig.next_round()
        assert KEY in rig.api.objects
        assert "delete_stack" not in rig.aws.changes
    assert "to tell whether there is" in rig.status["progress"]["waitingFor"]["what"]
    ends_once_shown(rig)


def test_nor_is_what_was_shown_once_believed_gone_by_an_older_reading(rig: Rig, asked: str) -> None:
    made(rig, asked)
    rig.next_round()
    rig.api.delete(KEY)
    hidden(rig, asked)
    rig.reconciler(KEY)
    assert KEY in rig.api.objects
    assert "delete_stack" not in rig.aws.changes
    ends_once_shown(rig)


def test_nor_does_a_restart_forget_it(rig: Rig, asked: str) -> None:
    begun(rig, asked)
    rig.restart()
    hidden(rig, asked)
    rig.next_round()
    assert "delete_stack" not in rig.aws.changes
    ends_once_shown(rig)


def test_what_is_never_shown_is_believed_in_the_end(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.aws.failing["create_stack"] = refusal("InternalFailure", "try again")
    rig.round()
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_the_end_of_what_aws_takes_away_is_believed_at_once(rig: Rig) -> None:
    rig.settle()
    rig.api.delete(KEY)
    while not rig.aws.nothing_stands:
        rig.next_round()
    assert rig.reconciler(KEY).released


def test_what_is_believed_in_the_end_was_read_when_it_could_be_believed(rig: Rig) -> None:
    begun(rig, "create_cluster")
    rig.restart()
    hidden(rig, "create_cluster")
    rig.reconciler(KEY)
    rig.aws.failing.clear()
    for _ in range(5):
        rig.minutes += 1 / 6
        assert not rig.reconciler(KEY).released
        assert "delete_stack" not in rig.aws.changes
    ends_once_shown(rig)


def test_a_launch_template_that_is_shown_late_is_not_left_behind(rig: Rig) -> None:
    rig.aws.failing["create_nodegroup"] = refusal("InternalFailure", "try again")
    begun(rig, "create_launch_template")
    made = dict(rig.aws.templates)
    assert made
    rig.restart()
    rig.aws.templates.clear()
    rig.reconciler(KEY)
    rig.aws.templates.update(made)
    while not rig.reconciler(KEY).released:
        rig.minutes += 1
        rig.aws.advance()
    assert rig.aws.nothing_stands
