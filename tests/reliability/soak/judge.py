"""Whether one life went as it should: what a status said against what AWS had. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.reliability.soak.wanted import VOLUME, Account, Wanted, part_unlike, unlike

Status = Mapping[str, Any]

ONE = (
    "cloudformation:stack",
    "eks:cluster",
    "ec2:vpc",
    "ec2:natgateway",
    "ec2:elastic-ip",
    "ec2:internet-gateway",
)
"""Of each of these a resource makes one, and only once in its life."""
OF_A_PART: Mapping[str, tuple[str, ...]] = {
    "NetworkReady": ("cloudformation:stack", "ec2:vpc", "ec2:subnet", "ec2:natgateway"),
    "ControlPlaneReady": ("eks:cluster",),
    "AddonsReady": ("eks:addon",),
    "NodePoolsReady": ("eks:nodegroup", "autoscaling:group"),
}
"""While it is deleted, a part is ready when of these nothing is left."""


def says(status: Status, kind: str) -> bool:
    """Whether that condition is True of the generation that the status is about.

    A condition of which nothing new was learnt keeps the generation that it was said of.
    """
    about = status.get("observedGeneration")
    return any(
        c["type"] == kind and c["status"] == "True" and c["observedGeneration"] == about
        for c in status.get("conditions", ())
    )


def stalled_for(status: Status, generation: int) -> str:
    """The reason for which it says that a person must act; empty where it does not."""
    if status.get("observedGeneration") != generation:
        return ""
    found = (c for c in status.get("conditions", ()) if c["type"] == "Stalled")
    return next((str(c["reason"]) for c in found if c["status"] == "True"), "")


def lies(status: Status, generation: int, wanted: Wanted, account: Account) -> Iterator[str]:
    """What a status says of this very generation that is not so now.

    Within a generation what is ready stays so, but for versions, which go up step by step; so
    what AWS does not have after the status was written it did not have before.
    """
    if status.get("observedGeneration") != generation:
        return
    if status.get("phase") == "Deleting":
        yield from _lies_of_deletion(status, account)
        return
    paused = wanted.spec.get("paused")  # then the phase stays what it was
    if not paused and (status.get("phase") in ("Ready", "Degraded")) is not says(status, "Ready"):
        yield f"phase {status.get('phase')}, but Ready is {says(status, 'Ready')}"
    if says(status, "Ready"):
        yield from (f"Ready, but {told}" for told in unlike(wanted, account))
        return
    if _moves(status, wanted):
        return
    for condition in status.get("conditions", ()):
        if says(status, condition["type"]):
            for told in part_unlike(condition["type"], wanted, account):
                yield f"{condition['type']}, but {told}"


def _moves(status: Status, wanted: Wanted) -> bool:
    version = wanted.spec.get("kubernetesVersion")
    return bool(version) and status.get("kubernetesVersion") not in (None, version)


def _lies_of_deletion(status: Status, account: Account) -> Iterator[str]:
    for part, kinds in OF_A_PART.items():
        there = [kind for kind in kinds if account.all(kind)]
        if says(status, part) and there:
            yield f"{part} (gone), but there is {', '.join(there)}"


@dataclass
class Replacements:
    """Which pools may have two node groups: those of whose nodes there was more than one wish."""

    wished: defaultdict[str, set[tuple[object, ...]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """By pool, since AWS was last as the spec says."""

    def wish(self, wanted: Wanted) -> None:
        """A spec was applied."""
        for name, pool in wanted.pools.items():
            self.wished[name].add((pool["instanceType"], pool.get("nodeVolumeSize", VOLUME)))

    def settled(self, wanted: Wanted) -> None:
        """AWS is as that spec says: what was there before is gone."""
        self.wished.clear()
        self.wish(wanted)

    @property
    def pools(self) -> set[str]:
        """Those of which one node group may take another's place now."""
        return {name for name, nodes in self.wished.items() if len(nodes) > 1}


@dataclass
class Doubles:
    """Counts what came to be in one life."""

    seen: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    at_once: set[str] = field(default_factory=set)

    def look(self, account: Account, pools: Iterable[str]) -> None:
        """What there is at a moment; `pools` are those that may have a second node group."""
        for kind in ONE:
            ids = {_identity(kind, key, facts) for key, facts in account.all(kind).items()}
            self.seen[kind] |= ids
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for group in account.records("eks:nodegroup"):
            name = str(group["nodegroupName"])
            groups[name.partition("-")[0]].append(name)
        for pool, names in groups.items():
            if len(names) > 2 or (len(names) > 1 and pool not in pools):
                self.at_once.add(f"node groups {', '.join(sorted(names))} at once")

    def told(self) -> list[str]:
        """What was doubled."""
        more = {kind: ids for kind, ids in self.seen.items() if len(ids) > 1}
        return [*(f"{len(ids)} of {kind}" for kind, ids in more.items()), *sorted(self.at_once)]


def _identity(kind: str, key: str, facts: Mapping[str, Any]) -> str:
    """What tells one from another of its name."""
    if kind == "eks:cluster":
        return f"{key} {facts['record']['createdAt']}"
    if kind == "cloudformation:stack":
        return str(facts["record"]["StackId"])
    return key


def went_back(observed: Iterable[int]) -> bool:
    """Whether a status was about an earlier generation than one before it."""
    newest = -1
    for generation in observed:
        if generation < newest:
            return True
        newest = max(newest, generation)
    return False
