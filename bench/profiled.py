"""`sigopt-operator`, which writes down where its CPU goes between one SIGUSR1 and the next.

A profiler of every function would slow it down by half and see one thread only. So every few
milliseconds it is asked how much CPU each thread has used since (the kernel counts that), and that
is put down to where the thread is. Until the first signal, and after the second, nothing is done.

Where threads are, faulthandler says: it walks their frames at once, while no other thread runs.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Final

from sigopt_operator.cli import main as operator

VARIABLE: Final = "BENCH_PROFILE"
"""Names the file."""
EVERY: Final = 0.02
"""Seconds."""
AT_ONCE: Final = 0.0001
"""Seconds for which a thread goes on when another one wants to run. By default five milliseconds:
then who looks comes to look only where somebody waits, and never where somebody works."""
_THREAD: Final = re.compile(r"^(?:Thread|Current thread) (0x[0-9a-f]+)", re.MULTILINE)
_FRAME: Final = re.compile(r'^  File "([^"]+)", line \d+ in (.+)$', re.MULTILINE)
_ROOMS: Final = re.compile(r".*/(?:site-packages|python3\.\d+|operator)/")


class Profile:
    """Nanoseconds of CPU by stack, outermost first, while it is on."""

    def __init__(self, path: Path) -> None:
        """`path` is written when it is switched off."""
        self._path = path
        self._on = threading.Event()
        self._found: Counter[tuple[str, ...]] = Counter()
        self._used: dict[int, int] = {}

    def switch(self, _number: int, _frame: FrameType | None) -> None:
        """On, or off."""
        if self._on.is_set():
            self._on.clear()
        else:
            threading.Thread(target=self._follow, name="profile", daemon=True).start()

    def _follow(self) -> None:
        self._on.set()
        self._found.clear()
        self._used = self._threads()
        before = sys.getswitchinterval()
        sys.setswitchinterval(AT_ONCE)
        with os.fdopen(os.memfd_create("stacks"), "w+b") as stacks:
            while self._on.is_set():
                time.sleep(EVERY)
                self._look(stacks)
        sys.setswitchinterval(before)
        told = [{"stack": stack, "ns": used} for stack, used in self._found.items()]
        unfinished = self._path.with_suffix(".part")
        unfinished.write_text(json.dumps(told))
        unfinished.rename(self._path)

    def _look(self, stacks: BinaryIO) -> None:
        stacks.seek(0)
        stacks.truncate()
        faulthandler.dump_traceback(stacks, all_threads=True)
        now = self._threads()
        stacks.seek(0)
        _, *pieces = _THREAD.split(stacks.read().decode(errors="replace"))
        for ident, frames in zip(pieces[::2], pieces[1::2], strict=True):
            thread = int(ident, 16)
            more = now.get(thread, 0) - self._used.get(thread, 0)
            if more > 0:
                self._found[_stack(frames)] += more
        self._used = now

    def _threads(self) -> dict[int, int]:
        """Nanoseconds that each thread has used, but for this one."""
        used = {}
        for thread in threading.enumerate():
            ident = thread.ident
            if ident is None or ident == threading.get_ident():
                continue
            try:
                used[ident] = time.clock_gettime_ns(time.pthread_getcpuclockid(ident))
            except OSError:
                continue  # it has ended
        return used


def _stack(frames: str) -> tuple[str, ...]:
    """`module:function`, outermost first."""
    found = (f"{_module(path)}:{function}" for path, function in _FRAME.findall(frames))
    return tuple(found)[::-1]


def _module(path: str) -> str:
    return _ROOMS.sub("", path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def main() -> int:
    """`sigopt-operator` with this command line."""
    signal.signal(signal.SIGUSR1, Profile(Path(os.environ[VARIABLE])).switch)
    return operator()


if __name__ == "__main__":
    sys.exit(main())
