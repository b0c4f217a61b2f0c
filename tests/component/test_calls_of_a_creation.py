"""What a creation costs in AWS calls, counted on a clock that no machine can slow down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

DURATIONS = {
    "stack": timedelta(minutes=3),
    "cluster": timedelta(minutes=10),
    "group": timedelta(minutes=2, seconds=30),
    "addon": timedelta(seconds=45),
}
"""As AWS takes, as a rule."""
SUBNETS = timedelta(seconds=45)
"""When a stack has what a control plane needs."""
WANTED = {**SPEC, "gpu": {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}}
MOST = 84
"""Of which a dozen see the end of something sooner: ten seconds late instead of forty."""
OF_THE_CREDENTIALS = ("get_caller_identity", "get_role")
"""Who the operator is: asked once for the credentials, whatever they are used for."""


class Pace:
    """AWS ends everything in its own time."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._since: dict[str, float] = {}

    def note(self) -> None:
        """Remember since when each thing stands."""
        for name, _, _, _ in self._things():
            self._since.setdefault(name, self._rig.minutes)

    def end_what_is_due(self) -> None:
        for name, kind, thing, state in self._things():
            age = timedelta(minutes=self._rig.minutes - self._since[name])
            if kind == "stack" and age >= SUBNETS:
                thing["early"] |= {"ClusterRole", "AccessRole"}
                thing["early"] |= {f"PrivateSubnet{n}" for n in range(3)}
            if thing[state] == "CREATING" and age >= DURATIONS[kind]:
                thing[state] = "ACTIVE"
            if thing[state] == "CREATE_IN_PROGRESS" and age >= DURATIONS[kind]:
                thing[state] = "CREATE_COMPLETE"

    def _things(self) -> Iterator[tuple[str, str, dict[str, Any], str]]:
        aws = self._rig.aws
        for kind, things, state in (
            ("stack", aws.stacks, "StackStatus"),
            ("cluster", aws.clusters, "status"),
            ("group", aws.groups, "status"),
            ("addon", aws.addons, "status"),
        ):
            for name, thing in things.items():
                yield f"{kind} {name}", kind, thing, state


ANN = "arn:aws:iam::111122223333:user/ann"
BOB = "arn:aws:iam::111122223333:user/bob"
ENTRY = {"principal": BOB, "policy": "AmazonEKSViewPolicy"}


@pytest.mark.parametrize(
    ("access", "more"),
    [
        pytest.param({}, 0, id="nobody is named"),
        pytest.param({"principals": [ANN]}, 2, id="shared by the role: its trust read and written"),
        pytest.param({"entries": [ENTRY]}, 3, id="an entry: all listed, it made, its policy given"),
    ],
)
def test_a_creation_with_three_pools_costs_few_calls(
    rig: Rig, access: dict[str, Any], more: int
) -> None:
    pace = Pace(rig)
    rig.api.apply(KEY, {**WANTED, "access": access})
    answer = rig.reconciler(KEY)
    while rig.status["phase"] != "Ready":
        assert answer.after is not None, rig.status
        assert rig.minutes < 60, rig.status
        pace.note()
        rig.minutes += answer.after.total_seconds() / 60
        pace.end_what_is_due()
        answer = rig.reconciler(KEY)
    calls = Counter(rig.aws.calls) - Counter(OF_THE_CREDENTIALS)
    assert calls.total() <= MOST + more, calls
    assert rig.minutes < 18
