"""Whatever happens in whatever order, the loop ends where the spec says, or says why it cannot.

A machine of hypothesis's that edits, kills, loses answers, lets AWS go on, fail or be changed by
hand, between rounds of a reconciler among fakes. At the end, in a bounded number of rounds, the
loop has to reach the wish, or to name what keeps it from that; the wish, once everything that ails
is taken away; and nothing, once it is deleted. What a status says on the way is held against AWS.

The same few every time; to hunt for more: INTERLEAVINGS=1000 pytest tests/component/test_any_...
"""

from __future__ import annotations

import copy
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.component.drawn import (
    FOREIGN_STACK,
    FOREIGN_TEMPLATE,
    REFUSALS,
    REFUSED,
    THEIRS,
    End,
    ends,
    wishes,
)
from tests.component.loop import Loop
from tests.component.promises import is_ours, stands_as_wished
from tests.component.rounds import KEY, Rig

ROUNDS_UNTIL_DRIFT_IS_FOUND = 15
EXECUTOR = ThreadPoolExecutor(4)
MADE_AGAIN = ("create_launch_template",)
"""Asked for before each node group: that it is there already, from a try before, is no matter."""


class World(RuleBasedStateMachine):
    """One resource in a small simulated world."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(EXECUTOR)
        self.version = 34
        self.loop = Loop(self.rig)

    @initialize(spec=wishes(), rounds=st.integers(0, 12), end=ends())
    def begins(self, spec: dict[str, Any], rounds: int, end: End) -> None:
        self.end = end
        self.rig.aws.stacks["their-sigopt"] = copy.deepcopy(FOREIGN_STACK)
        self.rig.aws.templates["tiny-cpu-0123abcd"] = copy.deepcopy(FOREIGN_TEMPLATE)
        self._apply(spec)
        self.a_while_passes(rounds)

    # What people do.

    @precondition(lambda self: not self.loop.released)
    @rule(spec=wishes(), newer=st.booleans())
    def is_edited(self, spec: dict[str, Any], newer: bool) -> None:
        self.version = min(36, self.version + newer)
        self._apply(spec)

    @precondition(lambda self: not self.loop.released)
    @rule()
    def is_deleted(self) -> None:
        if not self.loop.deleting:
            self.rig.api.delete(KEY)

    @rule(which=st.integers(0, 9), what=st.sampled_from(("labels", "size", "addon", "entry")))
    def somebody_changes_something_by_hand(self, which: int, what: str) -> None:
        aws = self.rig.aws
        groups = [g for _, g in sorted(aws.groups.items()) if is_ours(g)]
        ours = [group for group in groups if group["status"] == "ACTIVE"]
        addons = sorted(name for name, addon in aws.addons.items() if is_ours(addon))
        if what in ("labels", "size") and ours:
            group = ours[which % len(ours)]
            self.loop.by_hand.add(group["nodegroupName"])
            if what == "labels":
                group["labels"] = {"by": "hand"}
            else:
                group["scalingConfig"] |= {"minSize": 0, "maxSize": 9}
        elif what == "addon" and addons:
            self.loop.by_hand.add(addons[which % len(addons)])
            del aws.addons[addons[which % len(addons)]]
        elif what == "entry" and aws.entries:
            del aws.entries[sorted(aws.entries)[which % len(aws.entries)]]

    @precondition(lambda self: self.rig.aws.clusters.get("tiny", {}).get("status") == "ACTIVE")
    @rule(name=st.sampled_from(tuple(THEIRS)))
    def somebody_else_comes_to_our_cluster_or_goes(self, name: str) -> None:
        self.loop.comes_or_goes(name, THEIRS[name])

    # What becomes of AWS.

    @rule()
    def aws_goes_on(self) -> None:
        self.rig.aws.advance()

    @rule(which=st.integers(0, 9))
    def eks_cannot_make_a_node_group(self, which: int) -> None:
        making = [g for _, g in sorted(self.rig.aws.groups.items()) if g["status"] == "CREATING"]
        if making:
            making[which % len(making)]["status"] = "CREATE_FAILED"

    @rule()
    def cloudformation_fails(self) -> None:
        for stack in self.rig.aws.stacks.values():
            verb, _, going = stack["StackStatus"].partition("_")
            if going == "IN_PROGRESS" and stack["StackName"] != "their-sigopt":
                stack["StackStatus"] = f"{verb}_FAILED"

    @rule(which=st.integers(0, 9))
    def eks_cannot_install_an_addon(self, which: int) -> None:
        making = [a for _, a in sorted(self.rig.aws.addons.items()) if a["status"] == "CREATING"]
        if making:
            making[which % len(making)]["status"] = "CREATE_FAILED"

    # What goes wrong on the way.

    @rule(operation=REFUSED, error=REFUSALS)
    def aws_refuses(self, operation: str, error: tuple[str, str, int]) -> None:
        self.loop.refuses(operation, error)

    @rule()
    def aws_is_well_again(self) -> None:
        self.rig.aws.failing.clear()

    @rule(
        operation=st.sampled_from(
            "create_stack update_stack create_cluster create_nodegroup create_addon"
            " create_access_entry delete_nodegroup delete_cluster delete_stack".split()
        )
    )
    def an_answer_will_be_lost(self, operation: str) -> None:
        self.rig.aws.lost.add(operation)

    @rule(writes=st.integers(0, 3))
    def the_operator_will_be_killed(self, writes: int) -> None:
        self.rig.api.dies_after = writes

    @rule()
    def the_operator_is_started_anew(self) -> None:
        self.rig.restart()

    # The loop.

    @rule(minutes=st.sampled_from((0.1, 1.0, 10.0)))
    def a_round(self, minutes: float) -> None:
        self.loop.round(minutes)

    @rule(rounds=st.integers(1, 8), pace=st.integers(1, 3))
    def a_while_passes(self, rounds: int, pace: int = 1) -> None:
        for number in range(rounds):
            self.loop.round(5)
            if number % pace == 0:
                self.rig.aws.advance()

    @invariant()
    def what_is_not_ours_stays_as_it_is(self) -> None:
        if "their-sigopt" in self.rig.aws.stacks or self.rig.aws.calls:
            assert self.rig.aws.stacks["their-sigopt"] == FOREIGN_STACK
            assert self.rig.aws.templates["tiny-cpu-0123abcd"] == FOREIGN_TEMPLATE

    @invariant()
    def what_somebody_else_made_in_our_cluster_stays_as_it_is(self) -> None:
        for name, made in self.loop.theirs.items():
            assert self.loop.there(name).get(name) == made

    @invariant()
    def what_exists_is_not_made(self) -> None:
        doubles = [told for told in self.rig.aws.refused if told.startswith("create_")]
        assert [told for told in doubles if not told.startswith(MADE_AGAIN)] == []

    def teardown(self) -> None:
        """The loop reaches the wish, and then nothing; while it cannot, it says why."""
        if KEY not in self.rig.api.objects:
            return
        loop, aws = self.loop, self.rig.aws
        self.rig.api.dies_after = None
        self._becomes_worse()
        loop.step()
        loop.until(lambda: loop.ended or loop.says_why_not, "it says what keeps it")
        aws.failing.clear()
        aws.lost.clear()
        if not loop.deleting:
            self._reaches_the_wish()
            # What somebody changed by hand is looked for a little in each round.
            self.a_while_passes(ROUNDS_UNTIL_DRIFT_IS_FOUND)
            self._reaches_the_wish()
            stands_as_wished(self.rig.api.objects[KEY]["spec"], aws)
            self.rig.api.delete(KEY)
        loop.until(lambda: loop.released or loop.says_why_not, "it goes, or says why not")
        if not loop.released:
            assert "tiny" in aws.clusters
            loop.goes("theirs")
        loop.until(lambda: loop.released, "everything is gone")
        assert not aws.clusters
        assert not aws.groups
        assert list(aws.stacks) == ["their-sigopt"]
        assert list(aws.templates) == ["tiny-cpu-0123abcd"]

    def _becomes_worse(self) -> None:
        """A last wish, and what will not go away by itself."""
        if not self.loop.deleting:
            self._apply(self.end.wish)
        if self.end.refusal is not None:
            self.rig.aws.failing.clear()
            self.loop.refuses(*self.end.refusal)
        if self.rig.aws.clusters.get("tiny", {}).get("status") == "ACTIVE":
            for name, thing in self.end.theirs.items():
                if name not in self.loop.theirs:
                    self.loop.comes_or_goes(name, thing)

    def _reaches_the_wish(self) -> None:
        """Be it that what somebody else made has to go first: then that is said."""
        loop = self.loop
        loop.until(lambda: loop.as_wished or loop.says_why_not, "it says what keeps it")
        if not loop.as_wished:
            loop.goes("metrics-server")
        loop.until(lambda: loop.as_wished, "all is as wished")

    def _apply(self, spec: dict[str, Any]) -> None:
        self.rig.api.apply(KEY, {**spec, "kubernetesVersion": f"1.{self.version}"})


TestWorld = World.TestCase
HUNTED = int(os.environ.get("INTERLEAVINGS", "0"))
TestWorld.settings = settings(
    max_examples=HUNTED or 60,
    derandomize=not HUNTED,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
