"""The process that a sandbox is: it starts the parts, watches them, and ends with all of them.

It talks to the process that started it through pipes: reports go out as JSON lines on standard
output, and standard input is a leash. When the leash ends before `STAY` was read from it, because
its holder was interrupted or killed, the sandbox ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import IO, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from sigopt_sandbox import processes
from sigopt_sandbox.launcher.errors import SandboxError
from sigopt_sandbox.launcher.layout import Layout
from sigopt_sandbox.launcher.leftovers import collect_orphans, end_descendants
from sigopt_sandbox.launcher.parts import Parts, Wanted
from sigopt_sandbox.ports import NoFreePortError
from sigopt_sandbox.processes import ProcessError
from sigopt_sandbox.programs import ProgramsError
from sigopt_sandbox.web import AnswerError

STAY = b"stay\n"
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
_AGAIN_SECONDS = 0.2
_EXPECTED = (
    SandboxError,
    ProcessError,
    ProgramsError,
    AnswerError,
    NoFreePortError,
    BotoCoreError,
    ClientError,
)


@dataclass(frozen=True)
class Reports:
    """What the process that started the supervisor is told."""

    pipe: IO[str]

    def doing(self, what: str) -> None:
        """Say what is being done."""
        self._send("doing", what)

    def ready(self) -> None:
        """Say that all of it is ready."""
        self._send("ready", "")

    def failed(self, why: str) -> None:
        """Say why there will be no sandbox."""
        self._send("failed", why)

    def _send(self, kind: str, text: str) -> None:
        try:
            self.pipe.write(json.dumps({kind: text}) + "\n")
            self.pipe.flush()
        except BrokenPipeError:
            # Nobody listens any more; whether that ends the sandbox is for the leash to say.
            sys.stderr.write(f"{kind}: {text}\n")


def main(wanted: Wanted) -> int:
    """Run a sandbox until SIGTERM, or until one of its parts ends; the exit status."""
    if os.fork():
        os._exit(0)  # whoever started this gets no child to collect
    reports = Reports(os.fdopen(os.dup(1), "w"))
    for number in _ENDING:
        signal.signal(number, _end)
    threading.Thread(target=_follow_leash, daemon=True).start()
    try:
        with wanted.layout.held():
            wanted.layout.clear()
            _log_to(wanted.layout)
            _supervise(wanted, reports)
    except _EXPECTED as error:
        sys.stderr.write(f"{error}\n")
        reports.failed(str(error))
        return 1
    return 0


def _supervise(wanted: Wanted, reports: Reports) -> None:
    processes.adopt_orphans()
    parts = Parts(wanted, reports.doing)
    with _ended_afterwards(parts):
        state = parts.start()
        state.write(wanted.layout.state)
        reports.ready()
        known = frozenset(state.pids.values())
        while True:
            _wait_for_a_child()
            parts.check()
            collect_orphans(known)


@contextmanager
def _ended_afterwards(parts: Parts) -> Iterator[None]:
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        parts.wanted.layout.state.unlink(missing_ok=True)
        parts.stop()
        end_descendants()
        parts.wanted.layout.remove_secrets()


def _wait_for_a_child() -> None:
    """Return when a child has ended, its exit status left for whoever collects it."""
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind the main thread, wherever it is.

    Python swallows what is raised in some places (between the fork and the start of a child, for
    one): until the unwinding has arrived, the alarm tries again.
    """
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    sys.exit(0)


def _follow_leash() -> None:
    if sys.stdin.buffer.readline() != STAY:
        os.kill(os.getpid(), signal.SIGTERM)


def _log_to(layout: Layout) -> None:
    """Send what is written from here on, such as a traceback, to the supervisor's own log."""
    with (layout.logs / "supervisor.log").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
