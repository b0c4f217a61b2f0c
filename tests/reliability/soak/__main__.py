"""`python -m tests.reliability.soak`: many lives under all faults at once, with one operator.

make soak
python -m tests.reliability.soak --seed 7 --only 12      one life of that seed again
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.reliability.lab import laboratory
from tests.reliability.soak.figures import Figures
from tests.reliability.soak.lives import life
from tests.reliability.soak.living import EndedError
from tests.reliability.soak.report import report, told
from tests.reliability.soak.soak import soaking

from sigopt_sandbox.processes import ProcessError

LIVES = 200
AT_ONCE = 20
SPEED = 120.0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.soak", description=__doc__)
    parser.add_argument("--lifecycles", type=int, default=LIVES)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", type=int, help="only the life of that number")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many side by side")
    parser.add_argument("--speed", type=float, default=SPEED, help="of the simulated AWS")
    parser.add_argument("--report", type=Path, help="the document whose section is written anew")
    parser.add_argument("--keep", type=Path, help="where the operator's log stays")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Run it; the exit status is 1 when anything failed."""
    asked = arguments(argv)
    numbers = range(1, asked.lifecycles + 1) if asked.only is None else [asked.only]
    lives = [life(asked.seed, number) for number in numbers]
    directory = asked.keep or Path(tempfile.mkdtemp(prefix="soak-"))
    print(
        f"seed {asked.seed}, {len(lives)} lives; the operator's log is in {directory}", flush=True
    )
    began = time.monotonic()
    try:
        with (
            laboratory(directory, asked.speed) as lab,
            soaking(lab, min(asked.at_once, len(lives)), asked.seed, _say) as soak,
        ):
            soak.run(lives)
            last = soak.settle()
            figures = Figures.of(soak, last, seed=asked.seed, seconds=time.monotonic() - began)
    except (ProcessError, EndedError) as ended:
        _say(f"FAILED: there is no report, since the operator ended by itself: {ended}")
        return 1
    print(told(figures))
    if asked.report:
        report(asked.report, figures)
    return 1 if figures.failed else 0


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
