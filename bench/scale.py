"""`make bench-scale`: one operator, and one, a hundred, a thousand clusters, in a sandbox.

Clusters have light endpoints. What AWS takes goes faster than on AWS where only ratios and counts
are taken, and at AWS's own speed where the thousand stand and CPU is measured.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.creation import Creation, create
from bench.fleet import Fleet, LateError
from bench.operators import RARELY, ROOT
from bench.report import Result, put_into, told
from bench.steady import Steady, Window, idling, steady

from sigopt_sandbox.installed import Installed, install
from sigopt_sandbox.launcher import SandboxError, running
from sigopt_sandbox.processes import ProcessError


@dataclass(frozen=True)
class Wanted:
    """What is measured, by default or by flags."""

    sizes: tuple[int, ...]
    others: int
    """So many are created at once, while edits are made to those that stand."""
    speed: int
    """AWS's, where the time to Ready of one alone is measured."""
    together: int
    """AWS's, where many are created at once, for which the machine needs the time of one core."""
    fast: int
    """AWS's, where clusters are only to come about."""
    window: float
    """Seconds of AWS's time, of each measurement of what stands."""
    profile: float
    """Seconds of the profile."""


@dataclass
class Bench:
    """One run."""

    wanted: Wanted
    installed: Installed
    fleet: Fleet
    began: float = field(default_factory=time.monotonic)
    creations: list[Creation] = field(default_factory=list)
    steadies: list[Steady] = field(default_factory=list)
    idle: float = 0.0

    def run(self) -> Result:
        """Everything, from few to many; as far as it goes, where some do not come about."""
        late = ""
        try:
            self._run()
        except LateError as error:
            late = str(error)
            self.say(f"broken off: {late}")
        return Result(self.idle, tuple(self.creations), tuple(self.steadies), late)

    def _run(self) -> None:
        wanted = self.wanted
        self.say("one cluster, from asked to Ready")
        self._create(1, wanted.speed)
        self.idle = idling(self.installed, wanted.window / 20)
        for size in wanted.sizes:
            last = size == wanted.sizes[-1]
            if size > 1 and last and wanted.others and size > wanted.others:
                self._create_others()
            self._grow(size)
            self._stand(size)
        if self.wanted.sizes[-1] <= wanted.others:
            self._create_others()

    def say(self, line: str) -> None:
        """Tell whoever waits."""
        print(f"{time.monotonic() - self.began:6.0f} s  {line}", flush=True)

    def _create_others(self) -> None:
        wanted = self.wanted
        self.say(f"{wanted.others} clusters at once, and edits of those that stand")
        self._create(wanted.others, wanted.together, edited=tuple(self.fleet.courses))

    def _create(
        self,
        count: int,
        speed: int,
        *,
        at_once: int = 0,
        edited: Sequence[str] = (),
        flags: Sequence[str] = (),
    ) -> None:
        have = len(self.fleet.courses)
        names = [f"c{number:04}" for number in range(have, have + count)]
        done = create(
            self.installed,
            self.fleet,
            names,
            speed=speed,
            say=self.say,
            at_once=at_once or count,
            edited=edited,
            flags=flags,
        )
        self.creations.append(done)

    def _grow(self, size: int) -> None:
        missing = size - len(self.fleet.courses)
        if missing > 0:
            self.say(f"{missing} clusters more, fast")
            self._create(missing, self.wanted.fast, at_once=A_HUNDRED, flags=RARELY)

    def _stand(self, size: int) -> None:
        self.say(f"{size} clusters that stand")
        self.steadies.append(
            steady(self.installed, size, window(size, self.wanted), self.idle, self.say)
        )


CAPACITY = 2000
"""Clusters for which two cores are enough at AWS's own speed; of fewer, time may go faster."""
A_HUNDRED = 100
"""So many come about at once where nothing is measured: with all at once, the simulated AWS, which
is one process, is asked so often how far each has come that it gets no further itself."""
A_THOUSAND = 1000
"""From so many on, at AWS's own speed."""
FASTEST = 60
USUAL = 240.0
"""Seconds of AWS's time; in about as many everything that is looked at often is due again."""
A_DEEP_LOOK = 960.0
"""Seconds in which everything is looked at anew, the deeper look included."""
A_LOOK = 60.0


def window(size: int, wanted: Wanted) -> Window:
    """How a size is measured: the fewer, the faster, so that the deeper look is in it."""
    speed = max(1, min(FASTEST, CAPACITY // size)) if size < A_THOUSAND else 1
    settle = A_DEEP_LOOK if speed > 1 else A_LOOK
    scaled = wanted.window / USUAL
    length = wanted.window if speed == 1 else A_DEEP_LOOK * scaled
    return Window(settle * min(1.0, scaled), length, speed, wanted.profile if size > 1 else 0.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Run it, and print the report; the exit status."""
    options = _arguments(argv)
    wanted = Wanted(
        sizes=tuple(sorted({int(size) for size in options.sizes.split(",")})),
        others=options.others,
        speed=options.speed,
        together=options.together,
        fast=options.fast,
        window=options.window,
        profile=options.profile,
    )
    try:
        with tempfile.TemporaryDirectory(prefix="sigopt-bench-") as directory:
            result, report = _report(wanted, Path(directory), argv)
    except (SandboxError, ProcessError, LookupError) as error:
        print(f"bench-scale: failed: {error}", flush=True)
        return 1
    print(f"\n{report}", flush=True)
    if options.write:
        put_into(options.write, report)
    return 1 if result.late else 0


def _report(wanted: Wanted, directory: Path, argv: Sequence[str] | None) -> tuple[Result, str]:
    began = time.monotonic()
    with running(directory / "sandbox", wanted.fast, "light") as sandbox:
        installed = install(sandbox, ROOT / "deploy")
        fleet = Fleet.of(sandbox)
        try:
            result = Bench(wanted, installed, fleet).run()
        finally:
            fleet.close()
    command = shlex.join(["python", "-m", "bench.scale", *(argv or sys.argv[1:])])
    return result, told(result, command, datetime.now(UTC), time.monotonic() - began)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--sizes", default="1,100,1000", help="how many stand, one after another")
    parser.add_argument("--others", type=int, default=100, help="how many are created at once")
    parser.add_argument("--speed", type=int, default=5, help="of AWS, where one is created")
    parser.add_argument("--together", type=int, default=1, help="of AWS, where many are, at once")
    parser.add_argument("--fast", type=int, default=120, help="of AWS, where nothing is measured")
    parser.add_argument(
        "--window", type=float, default=USUAL, help="seconds of AWS's time, of each measurement"
    )
    parser.add_argument("--profile", type=float, default=20.0, help="seconds that are profiled")
    parser.add_argument("--write", type=Path, help="put the report between the markers of a file")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
