"""Whether a scenario with a crash in it went as it goes without one. The judge forgives nothing.

Compared with the same scenario uninterrupted: the same end, nothing more at any time, nothing left,
and every status and event true of what AWS had just before it was sent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.reliability.deeds import destroyed, said_too_early
from tests.reliability.events import untrue_events
from tests.reliability.journal import Done, done
from tests.reliability.normal import (
    COUNTED,
    PEOPLE,
    Dump,
    Things,
    difference,
    living,
    of_aws,
)
from tests.reliability.run import Passed

MADE_WITH_A_GROUP = ("eks:nodegroup", "ec2:launch-template", "autoscaling:group")
PARTS: Mapping[str, tuple[str, ...]] = {
    "NetworkReady": ("cloudformation:", "ec2:vpc", "ec2:subnet", "ec2:natgateway", "ec2:elastic"),
    "ControlPlaneReady": ("eks:cluster",),
    "AddonsReady": ("eks:addon",),
    "AccessReady": ("eks:access",),
    "NodePoolsReady": MADE_WITH_A_GROUP,
}
"""The kinds of things that a part's condition speaks of."""
SECURITY_GROUP = "ec2:security-group"
OF_EKS = "aws:eks:cluster-name"
AT_REST = ("ACTIVE", "_COMPLETE", "available")


@dataclass(frozen=True)
class Expected:
    """How a scenario goes without a crash."""

    passed: Passed
    before: Passed | None
    """The scenario from whose end it began."""


def judged(passed: Passed, expected: Expected) -> list[str]:
    """Everything that is wrong; empty where nothing is."""
    return [
        *(f"it ended otherwise: {d}" for d in passed.world.differs(expected.passed.world)),
        *(f"it was left: {leak['kind']} {leak['id']}" for leak in passed.leaks),
        *(f"doubled: {told}" for told in _doubled(passed, expected)),
        *(f"a lie: {told}" for told in _lies(passed, expected)),
        *(f"a lie: {told}" for told in untrue_events(passed.notes)),
        *(f"a lie: {told}" for told in _too_early(passed, expected)),
        *(f"destroyed: {told}" for told in _destroyed(passed, expected)),
        *_generations(passed),
        *_after_the_end(passed),
        *_tracebacks(passed.log),
    ]


def judged_all(lived: Sequence[Passed], calm: Sequence[Passed]) -> list[str]:
    """The same of scenarios of which each began where the one before it ended, with their names."""
    befores = (None, *calm[:-1])
    return [
        f"{passed.scenario.name}: {told}"
        for passed, of, before in zip(lived, calm, befores, strict=True)
        for told in judged(passed, Expected(of, before))
    ]


def most_at_once(dumps: list[Dump]) -> Mapping[str, int]:
    """Of each kind, how many there were in the fullest of these moments."""
    most: Counter[str] = Counter()
    for dump in dumps:
        for kind, count in Counter(kind for kind, _ in _counted(dump)).items():
            most[kind] = max(most[kind], count)
    return most


def born(passed: Passed) -> Mapping[str, int]:
    """Of each kind, how many came to be in a scenario, be it for a while."""
    had = set(_counted(passed.begin))
    new = {each for dump in _dumps(passed) for each in _counted(dump)} - had
    return Counter(kind for kind, _ in new)


def _counted(dump: Dump) -> Iterator[tuple[str, str]]:
    """Kind and id of everything that may not be doubled."""
    for kind, key, facts in living(dump):
        if kind in (*COUNTED, PEOPLE):
            continue
        by_eks = kind == SECURITY_GROUP and OF_EKS in facts.get("tags", {})
        yield (f"{kind} of EKS" if by_eks else kind), key


def _dumps(passed: Passed) -> list[Dump]:
    return [note.dump for note in passed.notes if note.dump is not None] + [passed.dump]


def _doubled(passed: Passed, expected: Expected) -> Iterator[str]:
    """More of a kind than there ever is without a crash.

    While a pool is replaced, both of its node groups may be there. EKS makes a security group for
    each cluster at a moment of its own, which a cluster that is deleted early may not live to see.
    """
    spare = dict.fromkeys(MADE_WITH_A_GROUP, len(passed.scenario.replaces))
    least = {f"{SECURITY_GROUP} of EKS": 1}
    usual, had = most_at_once(_dumps(expected.passed)), most_at_once([passed.begin])
    for kind, count in most_at_once(_dumps(passed)).items():
        most = max(each.get(kind, 0) for each in (usual, had, least)) + spare.get(kind, 0)
        if count > most:
            yield f"{count} of {kind} at once, expected {most} at most"
    made = born(expected.passed)
    for kind, count in born(passed).items():
        most = max(made.get(kind, 0), least.get(kind, 0))
        if count > most:
            yield f"{count} of {kind} were made, expected {most}"


def _too_early(passed: Passed, expected: Expected) -> Iterator[str]:
    yield from said_too_early(passed.notes, expected.passed.notes, passed.generation)


def _destroyed(passed: Passed, expected: Expected) -> Iterator[str]:
    """At the end of a life everything goes, and what there is then depends on the moment."""
    if not passed.scenario.ends:
        yield from destroyed(passed.notes, expected.passed.notes)


def _lies(passed: Passed, expected: Expected) -> Iterator[str]:
    """What a status said that was not so just before it was sent."""
    for each in done(passed.notes):
        note = each.sent
        if note.dump is None or (each.answer is not None and each.answer.error):
            continue
        if note.status is None:
            yield from _let_go_too_early(each, passed, expected)
        elif note.status.get("phase") == "Deleting":
            yield from _untrue_while_deleting(note.status, note.dump)
        else:
            yield from _untrue(note.status, note.dump, passed, expected)


def _let_go_too_early(each: Done, passed: Passed, expected: Expected) -> Iterator[str]:
    """The finalizer goes when everything else has gone that is to go."""
    if each.sent.dump is None:
        return
    for told in difference(expected.passed.world.aws, of_aws(each.sent.dump)):
        yield f"the finalizer was taken off while {told}"


def _untrue_while_deleting(status: Mapping[str, Any], dump: Dump) -> Iterator[str]:
    """A part of what is being deleted is ready when it is gone.

    What is still said of the time before, since AWS does not answer, is no word about that.
    """
    left = {kind for kind, _ in _counted(dump)}
    told = status.get("observedGeneration", 0)
    for part, kinds in PARTS.items():
        before = _condition(status, part).get("observedGeneration", told) < told
        if before or not _says(status, part):
            continue
        there = sorted(kind for kind in left if kind.startswith(kinds))
        if there:
            yield f"{part} (gone) while there was {', '.join(there)}"


def _untrue(
    status: Mapping[str, Any], dump: Dump, passed: Passed, expected: Expected
) -> Iterator[str]:
    found = of_aws(dump)
    if _says(status, "Ready"):
        world = _promised(status, "Ready", passed, expected)
        yield from (f"Ready while {told}" for told in difference(world or {}, found))
    for part, kinds in PARTS.items():
        if _says(status, part):
            world = _promised(status, part, passed, expected)
            wanted = None if world is None else _of(kinds, world)
            for told in _of_part(wanted, _of(kinds, found), stepwise=passed.scenario.upgrades):
                yield f"{part} while {told}"


def _of_part(wanted: Things | None, found: Things, *, stepwise: bool) -> Iterator[str]:
    """A part is as wished; while versions go up, until its turn comes, it is whole and at rest."""
    if wanted is not None and not stepwise:
        yield from difference(wanted, found)
        return
    if wanted is not None:
        yield from difference(dict.fromkeys(wanted, ()), dict.fromkeys(found, ()))
    for name, lines in found.items():
        for line in lines:
            status = json.loads(line).get("status", "ACTIVE")
            if not status.endswith(AT_REST):
                yield f"{name} was {status}"


def _promised(
    status: Mapping[str, Any], part: str, passed: Passed, expected: Expected
) -> Things | None:
    """The world that a condition is about; None where none was ever to be reached.

    While it tells of a former generation or of former credentials, that is the world before. One
    that AWS's not answering kept from being renewed is older than the status that it stands in.
    """
    if passed.scenario.ends:
        return None
    told = status.get("observedGeneration", 0)
    former = _condition(status, part).get("observedGeneration", told) < passed.generation
    former = former or _user(status) != _user(passed.sights[-1].status)
    if former and expected.before is not None:
        return expected.before.world.aws
    return expected.passed.world.aws


def _user(status: Mapping[str, Any]) -> str:
    return str(status.get("operatorArn")).rpartition("/")[2]


def _of(kinds: tuple[str, ...], things: Things) -> Things:
    return {name: told for name, told in things.items() if name.startswith(kinds)}


def _says(status: Mapping[str, Any], kind: str) -> bool:
    return _condition(status, kind).get("status") == "True"


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return next((c for c in status.get("conditions", ()) if c["type"] == kind), {})


def _generations(passed: Passed) -> Iterator[str]:
    """A status is about a generation that there is, and never again about an earlier one."""
    newest: dict[str, int] = {}
    for sight in passed.sights:
        uid, told = sight.object["metadata"]["uid"], sight.status.get("observedGeneration", -1)
        if told > sight.generation:
            yield f"a lie: observedGeneration {told} of a resource at {sight.generation}"
        if told < newest.get(uid, -1):
            yield f"observedGeneration went back from {newest[uid]} to {told}"
        newest[uid] = max(told, newest.get(uid, -1))


def _after_the_end(passed: Passed) -> Iterator[str]:
    """One that was told to end goes on with the round under way alone, and gives the lease back."""
    told = False
    for note in passed.notes:
        told = note.what != "born" and (told or note.what == "terminated")
        if told and note.what == "read":
            yield "a round was begun after SIGTERM"
    if passed.held:
        yield f"{passed.held} still held the lease when it had ended"


def _tracebacks(log: str) -> Iterator[str]:
    if "Traceback" in log:
        yield f"a traceback in the log: {log[log.index('Traceback') :][-1500:]}"
