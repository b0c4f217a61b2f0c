"""What a lab costs: seconds of a core, by part."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.reliability.lab import Lab

TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME, _CHILDREN = 11, 12, (13, 14)
"""Places in /proc/PID/stat behind the name (proc(5))."""


def seconds_of_a_core(lab: Lab) -> Mapping[str, float]:
    """Since each part began; operators are counted when they have ended."""
    parts = {name: _used(pid) for name, pid in lab.sandbox.state.pids.items()}
    return {
        **parts,
        "operators": _used(lab.nursery.pid, children=True),
        "lab": _used(os.getpid()),
    }


def _used(pid: int, *, children: bool = False) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    places = (_UTIME, _STIME, *(_CHILDREN if children else ()))
    return sum(int(fields[place]) for place in places) / TICKS
