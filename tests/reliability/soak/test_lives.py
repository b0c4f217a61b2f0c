"""Lives are made up from a seed: each can be lived, and together they are of every kind."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.reliability.soak.edits import EDITS, MISTAKES, VERSIONS, Spec
from tests.reliability.soak.lives import ROTATING, Life, What, life

from sigopt_operator.api.mistakes import Spelling, find

MANY = [life(7, number) for number in range(1, 201)]


def _wrong(spec: Spec) -> list[str]:
    """What the API server would say of it, but for what it says of an edit."""
    return [str(mistake) for mistake in find(spec, Spelling.CAMEL)]


def test_the_same_seed_is_the_same_life() -> None:
    assert life(7, 3) == life(7, 3)
    assert life(7, 3) != life(8, 3)
    assert life(7, 3) != life(7, 4)


@pytest.mark.parametrize("each", MANY[::10], ids=lambda each: each.name)
def test_it_begins_with_a_spec_and_ends_with_its_deletion(each: Life) -> None:
    kinds = [step.what for step in each.steps]
    assert kinds[0] in (What.MADE, What.WRONG)
    assert kinds.index(What.DELETED) == len(kinds) - 1
    assert each.steps[-1].interrupted_after == 0


@pytest.mark.parametrize("each", MANY, ids=lambda each: each.name)
def test_what_is_to_be_taken_is_valid_and_versions_never_go_down(each: Life) -> None:
    assert [wrong for s in each.steps if not s.refused for wrong in _wrong(s.spec)] == []
    versions = [step.spec.get("kubernetesVersion") for step in each.steps if not step.refused]
    known = [VERSIONS.index(version) for version in versions if version in VERSIONS]
    assert known == sorted(known)


def test_what_is_refused_is_invalid() -> None:
    refused = [s for each in MANY for s in each.steps if s.refused and s.told != "another region"]
    assert refused
    assert [step.told for step in refused if not _wrong(step.spec)] == []


def test_together_they_are_of_every_kind() -> None:
    steps = [step for each in MANY for step in each.steps]
    assert {step.what for step in steps} == set(What)
    told = Counter(step.told for step in steps)
    assert set(told) >= {edit.name for edit in EDITS} | {wrong.name for wrong in MISTAKES}
    cut = [step for step in steps if step.interrupted_after]
    assert len(steps) / 5 < len(cut) < len(steps) / 2
    young = [each for each in MANY if len(each.steps) == 2 and each.steps[0].interrupted_after]
    assert all(What.ROTATED in each.counted() for each in MANY[:ROTATING])
    assert young  # deleted while they are made
