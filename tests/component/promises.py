"""What a status says, held against the AWS in memory: what Ready means, why one is Stalled."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.aws import Answer, FakeAws

from sigopt_operator.plan.addons.part import BEFORE_NODES, WITH_NODES
from sigopt_operator.plan.ownership import TAG_POOL, TAG_UID

Status = Mapping[str, Any]
Spec = Mapping[str, Any]
DENIED = "AccessDeniedException"
NOT_ANSWERING = "AwsNotAnswering"


@dataclass(frozen=True)
class Why:
    """Something that stands in the way, and how that is said."""

    reason: str
    word: str
    """What its message has to name."""
    waits: bool = False
    """Nobody has to act, so that a part says it and Stalled does not."""

    def said(self, status: Status) -> bool:
        """Whether a status says so."""
        told = [condition(status, "Stalled")] if not self.waits else conditions(status)
        holds = "False" if self.waits else "True"
        return any(
            each.get("status") == holds
            and each["reason"] == self.reason
            and self.word in each["message"]
            for each in told
        )


def conditions(status: Status) -> list[Answer]:
    """All that it says."""
    return list(status.get("conditions", ()))


def condition(status: Status, kind: str) -> Answer:
    """The condition of that type; empty where there is none."""
    return next((each for each in conditions(status) if each["type"] == kind), {})


def says(status: Status, kind: str) -> bool:
    """Whether the condition of that type is True."""
    return condition(status, kind).get("status") == "True"


def is_ours(thing: Answer) -> bool:
    """Whether the operator made it."""
    return TAG_UID in thing["tags"]


def refusals(failing: Mapping[str, Exception]) -> Iterator[Why]:
    """How it is said that AWS refuses these operations: for want of a right, or for a while."""
    for operation, error in failing.items():
        name = in_aws(operation)
        if DENIED in str(error):
            yield Why("PermissionMissing", name)
        else:
            yield Why(NOT_ANSWERING, name, waits=True)


def in_aws(operation: str) -> str:
    """The name of an operation as AWS has it."""
    return "".join(word.capitalize() for word in operation.split("_"))


def failures(aws: FakeAws) -> Iterator[Why]:
    """What AWS did not get done; the operator tries again by itself."""
    for stack in aws.stacks.values():
        if stack["StackStatus"].endswith("_FAILED"):
            yield from (Why("StackFailed", ""), Why("StackDeletionFailed", ""))
    for group in aws.groups.values():
        if group["status"].endswith("_FAILED"):
            yield Why("NodeGroupFailed", group["nodegroupName"])
    for addon in aws.addons.values():
        if addon["status"].endswith("_FAILED"):
            yield Why("AddonFailed", addon["addonName"])


def stands_as_wished(spec: Spec, aws: FakeAws, by_hand: Collection[str] = ()) -> None:
    """What Ready has to mean, seen in AWS itself.

    What somebody changed by hand is found after a while only: of a node group its settings, of an
    add-on whether it is there.
    """
    cluster = aws.clusters["tiny"]
    assert (cluster["status"], cluster["version"]) == ("ACTIVE", spec["kubernetesVersion"])
    ours = [group for group in aws.groups.values() if is_ours(group)]
    groups = {group["tags"][TAG_POOL]: group for group in ours}
    assert len(groups) == len(ours)
    assert groups.keys() == {"system", "cpu"} | ({"gpu"} & spec.keys())
    for group in ours:
        assert (group["status"], group["version"]) == ("ACTIVE", spec["kubernetesVersion"])
    for name in groups.keys() & spec.keys():
        assert groups[name]["instanceTypes"] == [spec[name]["instanceType"]]
        if groups[name]["nodegroupName"] not in by_hand:
            _settings_as_wished(spec[name], groups[name])
    _addons_as_wished(spec, aws, by_hand)


def _settings_as_wished(pool: Answer, group: Answer) -> None:
    scaling = group["scalingConfig"]
    assert (scaling["minSize"], scaling["maxSize"]) == (pool["minNodes"], pool["maxNodes"])
    assert scaling["minSize"] <= scaling["desiredSize"] <= scaling["maxSize"]
    assert group["labels"].get("team") == pool.get("labels", {}).get("team")
    wanted = {taint["key"] for taint in pool.get("taints", ())}
    assert {taint["key"] for taint in group["taints"]} & {"team"} == wanted


def _addons_as_wished(spec: Spec, aws: FakeAws, by_hand: Collection[str]) -> None:
    named = {addon["name"] for addon in spec.get("addons", ())}
    ours = {name: addon for name, addon in aws.addons.items() if is_ours(addon)}
    expected = {*BEFORE_NODES, *WITH_NODES, *named}
    assert ours.keys() - set(by_hand) == expected - set(by_hand)
    assert {ours[name]["status"] for name in ours.keys() - set(by_hand)} <= {"ACTIVE"}
