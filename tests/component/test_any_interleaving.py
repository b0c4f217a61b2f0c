"""Whatever happens in whatever order, the loop ends where the spec says, or says why it cannot.

A machine of hypothesis's that edits, kills, loses answers, lets AWS go on, fail or be changed by
hand, between rounds of a reconciler among fakes. At the end everything that ails is taken away, and
the loop has to reach the wish in a bounded number of rounds; and then nothing, when it is deleted.

The same few every time; to hunt for more: INTERLEAVINGS=1000 pytest tests/component/test_any_...
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.management_api import Killed
from tests.fakes.refusals import refusal

from sigopt_operator.plan.ownership import TAG_POOL

MOST_ROUNDS = 60
ROUNDS_UNTIL_DRIFT_IS_FOUND = 15
EXECUTOR = ThreadPoolExecutor(4)
TYPES = st.sampled_from(("t3.medium", "t3.large", "m7g.large"))
FOREIGN_STACK: dict[str, Any] = {
    "StackId": "arn:their-sigopt",
    "StackName": "their-sigopt",
    "StackStatus": "CREATE_COMPLETE",
    "Tags": [],
}
FOREIGN_TEMPLATE = {
    "LaunchTemplateName": "tiny-cpu-0123abcd",
    "LaunchTemplateId": "lt-tiny-cpu-0123abcd",
    "Tags": [{"Key": "team", "Value": "somebody-else"}],
}
THROTTLED = refusal("ThrottlingException", "Rate exceeded", status=429)
DOWN = refusal("ServiceUnavailableException", "try again", status=503)
DENIED = refusal("AccessDeniedException", "User: x is not authorized to perform: y", status=403)


@st.composite
def pools(draw: st.DrawFn, kinds: st.SearchStrategy[str] = TYPES) -> dict[str, Any]:
    least = draw(st.integers(0, 2))
    pool: dict[str, Any] = {
        "instanceType": draw(kinds),
        "minNodes": least,
        "maxNodes": draw(st.integers(max(1, least), 4)),
    }
    if draw(st.booleans()):
        pool["nodeVolumeSize"] = draw(st.sampled_from((60, 80)))
    if draw(st.booleans()):
        pool["labels"] = {"team": draw(st.sampled_from(("a", "b")))}
    if draw(st.booleans()):
        pool["taints"] = [{"key": "team", "value": "a", "effect": "NoSchedule"}]
    return pool


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """A spec, but for its version: that only ever goes up."""
    spec = {**SPEC, "cpu": draw(pools())}
    if draw(st.booleans()):
        spec["gpu"] = draw(pools(st.just("g5.xlarge")))
    if draw(st.booleans()):
        spec["tags"] = {"owner": draw(st.sampled_from(("ann", "bob")))}
    if draw(st.booleans()):
        spec["logging"] = ["api"]
    if draw(st.booleans()):
        spec["addons"] = [{"name": "metrics-server"}]
    for name in ("autoscaler", "training"):
        if draw(st.booleans()):
            spec[name] = {"enabled": False}
    return spec


class World(RuleBasedStateMachine):
    """One resource in a small simulated world."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(EXECUTOR)
        self.version = 34
        self.released = False

    @initialize(spec=wishes(), rounds=st.integers(0, 12))
    def begins(self, spec: dict[str, Any], rounds: int) -> None:
        self.rig.aws.stacks["their-sigopt"] = copy.deepcopy(FOREIGN_STACK)
        self.rig.aws.templates["tiny-cpu-0123abcd"] = copy.deepcopy(FOREIGN_TEMPLATE)
        self._apply(spec)
        self.a_while_passes(rounds)

    # What people do.

    @precondition(lambda self: not self.released)
    @rule(spec=wishes(), newer=st.booleans())
    def is_edited(self, spec: dict[str, Any], newer: bool) -> None:
        self.version = min(36, self.version + newer)
        self._apply(spec)

    @precondition(lambda self: not self.released)
    @rule()
    def is_deleted(self) -> None:
        if "deletionTimestamp" not in self.rig.api.objects[KEY]["metadata"]:
            self.rig.api.delete(KEY)

    @rule(which=st.integers(0, 9), what=st.sampled_from(("labels", "size", "addon", "entry")))
    def somebody_changes_something_by_hand(self, which: int, what: str) -> None:
        aws = self.rig.aws
        ours = [g for _, g in sorted(aws.groups.items()) if g["status"] == "ACTIVE"]
        if what == "labels" and ours:
            ours[which % len(ours)]["labels"] = {"by": "hand"}
        elif what == "size" and ours:
            ours[which % len(ours)]["scalingConfig"] |= {"minSize": 0, "maxSize": 9}
        elif what == "addon" and aws.addons:
            del aws.addons[sorted(aws.addons)[which % len(aws.addons)]]
        elif what == "entry" and aws.entries:
            del aws.entries[sorted(aws.entries)[which % len(aws.entries)]]

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

    @rule(
        operation=st.sampled_from(
            "describe_cluster describe_stacks create_stack update_stack create_cluster"
            " create_nodegroup create_addon delete_cluster".split()
        ),
        error=st.sampled_from((THROTTLED, DOWN, DENIED)),
    )
    def aws_refuses(self, operation: str, error: Exception) -> None:
        self.rig.aws.failing[operation] = error

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
        self._round(minutes)

    @rule(rounds=st.integers(1, 8))
    def a_while_passes(self, rounds: int) -> None:
        for _ in range(rounds):
            self._round(5)
            self.rig.aws.advance()

    @invariant()
    def what_is_not_ours_stays_as_it_is(self) -> None:
        if "their-sigopt" in self.rig.aws.stacks or self.rig.aws.calls:
            assert self.rig.aws.stacks["their-sigopt"] == FOREIGN_STACK
            assert self.rig.aws.templates["tiny-cpu-0123abcd"] == FOREIGN_TEMPLATE

    @invariant()
    def ready_is_said_of_a_cluster_that_is_there(self) -> None:
        status = self.rig.api.objects.get(KEY, {}).get("status", {})
        ready = [c for c in status.get("conditions", ()) if c["type"] == "Ready"]
        if ready and ready[0]["status"] == "True":
            assert ready[0]["observedGeneration"] == status["observedGeneration"]
            assert "tiny" in self.rig.aws.clusters

    def teardown(self) -> None:
        """With nothing in its way the loop reaches the wish, and then nothing."""
        if KEY not in self.rig.api.objects:
            return
        self._everything_is_well()
        if "deletionTimestamp" not in self.rig.api.objects[KEY]["metadata"]:
            self._until(self._as_wished, "the wish is fulfilled")
            # What somebody changed by hand is looked for a little in each round.
            self.a_while_passes(ROUNDS_UNTIL_DRIFT_IS_FOUND)
            self._until(self._as_wished, "what was changed by hand is as wished again")
            self._stands_as_wished()
            self.rig.api.delete(KEY)
        self._until(lambda: self.released, "everything is gone")
        assert not self.rig.aws.clusters
        assert not self.rig.aws.groups
        assert list(self.rig.aws.stacks) == ["their-sigopt"]
        assert list(self.rig.aws.templates) == ["tiny-cpu-0123abcd"]

    def _apply(self, spec: dict[str, Any]) -> None:
        self.rig.api.apply(KEY, {**spec, "kubernetesVersion": f"1.{self.version}"})

    def _round(self, minutes: float) -> None:
        if self.released:
            return
        self.rig.minutes += minutes
        try:
            answer = self.rig.reconciler(KEY)
        except Killed:
            self.rig.api.dies_after = None
            self.rig.restart()
            return
        self.released = answer.released
        if self.released:
            self.rig.api.release(KEY)

    def _everything_is_well(self) -> None:
        self.rig.aws.failing.clear()
        self.rig.aws.lost.clear()
        self.rig.api.dies_after = None

    def _until(self, what: Callable[[], bool], words: str) -> None:
        for _ in range(MOST_ROUNDS):
            if what():
                return
            self._round(20)
            self.rig.aws.advance()
        raise AssertionError(f"{words}: not after {MOST_ROUNDS} rounds: {self.rig.status}")

    def _as_wished(self) -> bool:
        found = self.rig.api.objects[KEY]
        status = found.get("status", {})
        told = (status.get("phase"), status.get("observedGeneration"))
        return told == ("Ready", found["metadata"]["generation"])

    def _stands_as_wished(self) -> None:
        """What Ready has to mean, seen in AWS itself."""
        spec, aws = self.rig.api.objects[KEY]["spec"], self.rig.aws
        assert aws.clusters["tiny"]["version"] == spec["kubernetesVersion"]
        groups = {group["tags"][TAG_POOL]: group for group in aws.groups.values()}
        assert len(groups) == len(aws.groups)
        assert groups.keys() == {"system", "cpu"} | ({"gpu"} & spec.keys())
        for name in groups.keys() & spec.keys():
            group, pool = groups[name], spec[name]
            assert group["version"] == spec["kubernetesVersion"]
            assert group["instanceTypes"] == [pool["instanceType"]]
            scaling = group["scalingConfig"]
            assert (scaling["minSize"], scaling["maxSize"]) == (pool["minNodes"], pool["maxNodes"])
            assert scaling["minSize"] <= scaling["desiredSize"] <= scaling["maxSize"]
            assert group["labels"].get("team") == pool.get("labels", {}).get("team")
        named = {addon["name"] for addon in spec.get("addons", ())}
        assert named <= aws.addons.keys()
        assert ("metrics-server" in aws.addons) is ("metrics-server" in named)


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
