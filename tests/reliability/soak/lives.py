"""The life of a resource, made up from a seed: what is wished when, and how far each wish gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from tests.reliability.soak.edits import EDITS, MISTAKES, Edit, Mistake, Spec, first
from tests.reliability.tenant import USERS

MOST_EDITS = 5
ROTATING = 40
"""So many lives are all given other credentials: what an operator keeps of credentials it then has
when it is warm, and what comes on top is growth."""
EARLIEST, LATEST = 1, 6


class What(StrEnum):
    """What is asked for."""

    MADE = "made"
    EDITED = "edited"
    WRONG = "made wrong"
    MENDED = "mended"
    PAUSED = "paused"
    RESUMED = "resumed"
    ROTATED = "given other credentials"
    KEPT = "deleted, and its cluster kept"
    ADOPTED = "made again, and the cluster taken over"
    PROTECTED = "deletion asked for although it is protected"
    DELETED = "deleted"


@dataclass(frozen=True)
class Step:
    """One thing that a person does."""

    what: What
    told: str
    """Which, in words."""
    spec: Spec
    """The spec from then on; of a deletion, what it was."""
    reasons: frozenset[str] = frozenset()
    """With which it is blocked; empty: it becomes Ready (or is gone)."""
    refused: bool = False
    """Whether the API server does not take it."""
    interrupted_after: int = 0
    """The next step comes when so many changes of status were seen; 0: when it is settled."""
    user: str = USERS[0]
    """Whose keys are in the Secret from then on."""

    def __str__(self) -> str:
        return f"{self.what} ({self.told})" if self.told else str(self.what)


@dataclass(frozen=True)
class Life:
    """All steps of one resource; the last one deletes it."""

    number: int
    seed: int
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """Of the resource and of its cluster."""
        return f"life-{self.number}"

    def counted(self) -> Counter[What]:
        """How many steps of each kind."""
        return Counter(step.what for step in self.steps)


def life(seed: int, number: int) -> Life:
    """The life of that number; the same for the same seed."""
    chance = Random(f"{seed}/{number}")
    return Life(number, seed, tuple(_with_users(_steps(chance, rotates=number <= ROTATING))))


def _with_users(steps: Iterator[Step]) -> Iterator[Step]:
    """Each step with whose keys there are: others after each rotation."""
    rotations = 0
    for step in steps:
        rotations += step.what is What.ROTATED
        yield replace(step, user=USERS[rotations % len(USERS)])


def _steps(chance: Random, *, rotates: bool) -> Iterator[Step]:
    spec = first(chance)
    wrong = [m for m in MISTAKES if m.from_the_start]
    if chance.random() < 0.2:
        mistake = chance.choice(wrong)
        yield _maybe_cut(chance, _wrong(mistake, spec))
        spec = mistake.mend(spec)
        made = What.MENDED if mistake.reasons else What.MADE
        yield _maybe_cut(chance, Step(made, "", spec))
    else:
        yield _maybe_cut(chance, Step(What.MADE, "", spec))
    for _ in range(chance.randrange(MOST_EDITS + 1)):
        for step in _later(chance, spec):
            yield step
            spec = spec if step.refused else step.spec
    if rotates:
        yield Step(What.ROTATED, "", spec)
    yield from _end(chance, spec)


def _later(chance: Random, spec: Spec) -> Iterator[Step]:
    """An edit as a rule; or two or three steps that belong together."""
    roll = chance.random()
    if roll < 0.15:
        yield from _mistake(chance, spec)
    elif roll < 0.27:
        yield from _pause(chance, spec)
    elif roll < 0.33:
        yield _maybe_cut(chance, Step(What.ROTATED, "", spec))
    elif roll < 0.38:
        yield from _keep(chance, spec)
    elif step := _edit(chance, spec):
        yield _maybe_cut(chance, step)


def _edit(chance: Random, spec: Spec) -> Step | None:
    kind: Edit = chance.choice(EDITS)
    edited = kind.make(chance, spec)
    return Step(What.EDITED, kind.name, edited) if edited and edited != spec else None


def _mistake(chance: Random, spec: Spec) -> Iterator[Step]:
    mistake = chance.choice(MISTAKES)
    yield _maybe_cut(chance, _wrong(mistake, spec))
    if mistake.reasons:
        yield _maybe_cut(chance, Step(What.MENDED, mistake.name, mistake.mend(spec)))


def _wrong(mistake: Mistake, spec: Spec) -> Step:
    return Step(
        What.WRONG,
        mistake.name,
        mistake.make(spec),
        reasons=mistake.reasons,
        refused=not mistake.reasons,
    )


def _pause(chance: Random, spec: Spec) -> Iterator[Step]:
    """While it is paused nobody can tell when it is settled: so something is edited, or not."""
    cut = chance.randint(EARLIEST, 2)
    yield Step(What.PAUSED, "", {**spec, "paused": True}, interrupted_after=cut)
    edited = _edit(chance, spec) if chance.random() < 0.5 else None
    if edited:
        paused = {**edited.spec, "paused": True}
        yield replace(edited, spec=paused, interrupted_after=1)
        spec = edited.spec
    yield _maybe_cut(chance, Step(What.RESUMED, "", spec))


def _keep(chance: Random, spec: Spec) -> Iterator[Step]:
    """What is settled is let go of, and taken over by a new resource of that name."""
    kept = {**spec, "deletionPolicy": "Retain"}
    yield Step(What.EDITED, "deletion policy", kept)
    yield Step(What.KEPT, "", kept)
    adopted = {**spec, "deletionPolicy": "Delete", "adopt": True}
    yield _maybe_cut(chance, Step(What.ADOPTED, "", adopted))


def _end(chance: Random, spec: Spec) -> Iterator[Step]:
    """Whatever was not settled is left so: it is deleted while something is going on."""
    if chance.random() < 0.1:
        guarded = {**spec, "deletionProtection": True}
        yield Step(What.EDITED, "deletion protection", guarded)
        yield Step(What.PROTECTED, "", guarded, reasons=frozenset({"DeletionProtected"}))
        spec = {**spec, "deletionProtection": False}
    yield Step(What.DELETED, "", spec)


def _maybe_cut(chance: Random, step: Step) -> Step:
    """One in three is not waited for: the next step comes in the middle of it."""
    if step.refused or chance.random() > 1 / 3:
        return step
    return replace(step, interrupted_after=chance.randint(EARLIEST, LATEST))
