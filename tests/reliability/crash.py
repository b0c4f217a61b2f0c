"""`python -m tests.reliability.crash`: the crash matrix, whole or one point of it.

make crash-matrix
python -m tests.reliability.crash --scenario create --call 'eks:CreateCluster crash #1' --when lost
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.calls import parse_point
from tests.reliability.lab import laboratory
from tests.reliability.matrix import Matrix
from tests.reliability.report import Figures, report, told
from tests.reliability.run import Point
from tests.reliability.scenarios import CHAINS, Chain
from tests.reliability.tap import KILLED, When

SPEED = 600.0
AT_ONCE = 10


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.crash", description=__doc__)
    parser.add_argument("--scenario", help="only this one, and what leads to it")
    parser.add_argument("--through", help="those before and after it, by commas; else all before")
    parser.add_argument("--call", help="only this call of it, as the report spells it")
    parser.add_argument("--when", choices=list(When), help="only this moment of each call")
    parser.add_argument("--sample", type=int, help="so many points, that the seed decides")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--speed", type=float, default=SPEED, help="of the simulated AWS")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many runs side by side")
    parser.add_argument("--minutes", type=float, help="begin nothing after that, and report")
    parser.add_argument("--report", type=Path, help="the document whose section is written anew")
    parser.add_argument("--keep", type=Path, help="where all journals and logs stay")
    return parser.parse_args(argv)


def chains_for(scenario: str | None, through: str | None = None) -> tuple[Chain, ...]:
    """The chain with that scenario, as far as it and the end; or all of them."""
    if scenario is None:
        return CHAINS
    for chain in CHAINS:
        names = [each.name for each in chain.scenarios]
        if scenario in names:
            return (chain.through(through.split(",")) if through else chain.until(scenario),)
    names = [each.name for chain in CHAINS for each in chain.scenarios]
    raise SystemExit(f"no scenario {scenario!r}: there are {', '.join(names)}")


def main(argv: Sequence[str]) -> int:
    """Run it; the exit status is 1 when anything failed."""
    asked = arguments(argv)
    chains = chains_for(asked.scenario, asked.through)
    directory = asked.keep or Path(tempfile.mkdtemp(prefix="crash-matrix-"))
    began = time.monotonic()
    print(f"seed {asked.seed}; journals and logs in {directory}", flush=True)
    with laboratory(directory, asked.speed) as lab:
        matrix = Matrix(
            lab,
            chains,
            asked.seed,
            say=_say,
            leased=asked.when == When.TERMINATED,
            keep=asked.keep is not None,
        )
        matrix.record()
        count = _plan(matrix, asked)
        print(f"{count} points, {asked.at_once} runs side by side", flush=True)
        with _within(asked.minutes, matrix):
            matrix.run(min(asked.at_once, max(count, 1)))
        figures = Figures.of(matrix, time.monotonic() - began, lab)
    text = told(figures)
    print(text)
    if asked.report:
        report(asked.report, figures)
    return 1 if figures.failed else 0


@contextmanager
def _within(minutes: float | None, matrix: Matrix) -> Iterator[None]:
    """No life begins after so many minutes."""
    if minutes is None:
        yield
        return
    timer = threading.Timer(minutes * 60, matrix.halt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _say(text: str) -> None:
    print(text, flush=True)


def _plan(matrix: Matrix, asked: argparse.Namespace) -> int:
    whens = [When(asked.when)] if asked.when else KILLED
    if asked.call is None:
        return matrix.plan(asked.sample, whens, asked.scenario)
    call, ordinal = parse_point(asked.call)
    for when in whens:
        matrix.take(matrix.chains[0].name, Point(asked.scenario, call, ordinal, when))
    return len(whens)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
