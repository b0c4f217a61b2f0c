"""Descendants whose own parent ended without ending them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from sigopt_sandbox.processes import wait_until

_SECONDS = 10.0


def collect_orphans(known: frozenset[int]) -> None:
    """Collect the exit statuses of ended children that are not among `known`."""
    for pid in children():
        if pid not in known:
            os.waitpid(pid, os.WNOHANG)


def end_descendants() -> None:
    """Kill every child that is left, and theirs as they fall to this process; then none is."""

    def none_left() -> bool:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return not children()

    wait_until(none_left, what="the end of the last child", seconds=_SECONDS)


def children() -> list[int]:
    """The pids of this process's children, ended ones whose status is not collected included."""
    own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return [int(pid) for pid in own.read_text().split()]
