"""A call whose answer was lost is sent again by the client, and AWS refuses what it did already.

Nobody has to do anything about that, and nobody is told so.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.component.rounds import KEY, SPEC, Rig


def other_tags(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "tags": {"team": "ml"}})


def role_gone(rig: Rig) -> None:
    del rig.aws.iam["tiny-node-role"]
    rig.restart()


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        pytest.param("update_stack", other_tags, id="a stack that is being updated"),
        pytest.param("create_role", role_gone, id="a role that is there"),
    ],
)
def test_what_was_done_already_is_neither_told_as_refused_nor_done_by_halves(
    rig: Rig, operation: str, change: Callable[[Rig], None]
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    calm = dict(rig.aws.iam)
    rig.aws.resent = {operation}
    change(rig)
    stalled = []
    for _ in range(12):
        rig.next_round()
        stalled.append(rig.condition("Stalled")["status"])
    assert rig.aws.resent == set()
    assert set(stalled) == {"False"}
    assert rig.condition("Ready")["status"] == "True"
    assert not [event for event in rig.api.events if event.reason == "AwsNotAnswering"]
    assert {name: role["attached"] for name, role in rig.aws.iam.items()} == {
        name: role["attached"] for name, role in calm.items()
    }
