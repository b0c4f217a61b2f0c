"""An operator that ends at any call leaves nothing lost, doubled, leaked or untrue.

A sample, which the seed decides; `make crash-matrix` tries every call. The seed is printed, and
`CRASH_SEED` sets it; each failure tells the command that repeats it alone.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator

import pytest
from tests.reliability.lab import laboratory
from tests.reliability.matrix import Matrix
from tests.reliability.scenarios import CHAINS
from tests.reliability.tap import KILLED, When

KILLS, TERMS = 18, 4
SCENARIOS = 2
"""Of the longest chain, beside its first and its last."""
AT_ONCE = 8
SAMPLES = 4
"""At most, where too few points of one were come to."""


@pytest.fixture(scope="module")
def seed() -> int:
    return int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture(scope="module")
def matrix(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """Some scenarios, gone through without a crash."""
    chance = random.Random(seed)
    life, *others = CHAINS
    names = [scenario.name for scenario in life.scenarios]
    chains = [life.through(chance.sample(names, SCENARIOS)), chance.choice(others)]
    with laboratory(tmp_path_factory.mktemp("crash")) as lab:
        matrix = Matrix(lab, chains, seed)
        matrix.record()
        yield matrix


def test_every_scenario_goes_well_when_nothing_ends(matrix: Matrix) -> None:
    assert not (found := _faults(matrix)), "\n".join(found)
    assert all(passed.passed.notes for passed in matrix.expected.values())


@pytest.mark.parametrize(
    ("most", "whens", "leased"),
    [
        pytest.param(KILLS, KILLED, False, id="killed: the next one goes on where AWS is"),
        pytest.param(
            TERMS,
            (When.TERMINATED,),
            True,
            id="told to end: nothing is begun, the lease is free",
        ),
    ],
)
def test_an_operator_ends_amid_any_call(
    matrix: Matrix, seed: int, most: int, whens: tuple[When, ...], leased: bool
) -> None:
    sys.stdout.write(f"CRASH_SEED={seed}\n")
    again = Matrix(matrix.lab, matrix.chains, seed, leased=leased, expected=matrix.expected)
    assert again.plan(most, whens) == most
    again.run(AT_ONCE)
    # Which round sees what depends on the moment: some points are never come to again, and of a
    # few these may be most. Then others are tried.
    for sample in range(1, SAMPLES):
        if _met(again) < most // 2 and again.plan(most, whens, after=sample * most):
            again.run(AT_ONCE)
    assert not (found := _faults(again)), "\n".join(found)
    assert _met(again) >= most // 2


def _met(matrix: Matrix) -> int:
    return sum(tried.met for tried in matrix.tried)


def _faults(matrix: Matrix) -> list[str]:
    return [
        "\n  ".join([str(tried.point or tried.scenario), *tried.faults, tried.command])
        for tried in matrix.tried
        if tried.faults
    ]
