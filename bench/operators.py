"""An operator in the sandbox, as deploy/ installs it and `sigopt-operator run` starts it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.fleet import LateError
from bench.profiled import VARIABLE
from bench.readings import read
from bench.where import Where, read_profile

from sigopt_sandbox.installed import Installed
from sigopt_sandbox.processes import Child, stop, wait_until

ROOT: Final = Path(__file__).parents[1]
PROFILED: Final = (sys.executable, "-P", str(ROOT / "bench" / "profiled.py"))
"""The same, but it can tell where its CPU goes; see there."""
LONGEST: Final = 1800.0
"""Real seconds that a first look at all resources is waited for."""


RARELY: Final = ("--drift-within", "86400")
"""Flags of an operator that hardly looks at what stands: many come about fast beside many others,
whose rounds each AWS minute would take all of its time."""


@contextmanager
def at_work(installed: Installed, speed: int, *more: str) -> Iterator[Child]:
    """It, and the simulated AWS, at that speed and with these flags, until the block ends."""
    installed.sandbox.go_at(speed)
    env = installed.env | {VARIABLE: str(_profile_of(installed.log))}
    flags = ("--clock-speed", str(speed), *more)
    child = replace(installed, program=PROFILED, flags=flags, env=env).run()
    try:
        yield child
        child.check()
    finally:
        stop([child], grace=15)


def wait_first_look(operator: Child, resources: int, say: Callable[[str], None]) -> None:
    """Return once it has had a round for each of so many resources, and none waits for one.

    LateError where that never comes.
    """
    until, told = time.monotonic() + LONGEST, time.monotonic()
    while (seen := read(operator)).sum("rounds_total") < resources or seen.sum("queue_length"):
        operator.check()
        if time.monotonic() > until:
            raise LateError("the operator has not looked at all of them")
        if time.monotonic() > told + 20:
            say(f"{seen.sum('rounds_total'):.0f} rounds of {resources}")
            told = time.monotonic()
        time.sleep(0.5)


def profile(operator: Child, seconds: float) -> Where:
    """Where its CPU goes in the next so many seconds."""
    path = _profile_of(operator.log)
    path.unlink(missing_ok=True)
    os.kill(operator.pid, signal.SIGUSR1)
    time.sleep(seconds)
    os.kill(operator.pid, signal.SIGUSR1)
    wait_until(path.exists, what="the profile", children=[operator])
    return read_profile(path)


def _profile_of(log: Path) -> Path:
    return log.with_name("profile.json")
