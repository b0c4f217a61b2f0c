"""Operators in processes of their own that cost next to nothing to start."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.reliability.tap import Wiring

ROOT = Path(__file__).parents[2]
SECONDS = 240.0


@dataclass
class Operator:
    """One that was started."""

    pid: int
    log: Path
    _nursery: Nursery
    _ended: threading.Event = field(default_factory=threading.Event)
    code: int | None = None
    """How it ended: an exit status, or minus the number of the signal that killed it."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return not self._ended.is_set()

    def signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        self._nursery.order(pid=self.pid, signal=int(number))

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self, within: float = SECONDS) -> int | None:
        """How it ended; AssertionError when it does not."""
        if not self._ended.wait(within):
            raise AssertionError("an operator does not end")
        return self.code

    def has_ended(self, code: int) -> None:
        """The nursery collected it."""
        self.code = code
        self._ended.set()


class Nursery:
    """A process that forks operators. Safe to use from many threads; ends with its block."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.nursery_process"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._born: dict[int, Operator] = {}
        self._arrived = threading.Condition()
        self._operators: dict[int, Operator] = {}
        self._logs: dict[int, Path] = {}
        self._reports = threading.Thread(target=self._follow, daemon=True)
        self._ready = threading.Event()

    @property
    def pid(self) -> int:
        """Of the process from which operators are forked."""
        return self._process.pid

    def __enter__(self) -> Nursery:
        self._reports.start()
        if not self._ready.wait(SECONDS):
            raise AssertionError("the nursery does not start")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(SECONDS)
        self._reports.join(SECONDS)

    def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        tap: Wiring | None = None,
    ) -> Operator:
        """`sigopt-operator` with these arguments, in this environment; its output goes to `log`."""
        number = next(self._numbers)
        self._logs[number] = log
        wiring = {key: str(value) for key, value in asdict(tap).items()} if tap else None
        self.order(id=number, argv=list(argv), env=dict(env), log=str(log), tap=wiring)
        with self._arrived:
            if not self._arrived.wait_for(lambda: number in self._born, SECONDS):
                raise AssertionError("no operator was born")
            return self._born.pop(number)

    def order(self, **what: Any) -> None:
        """Send one order."""
        with self._lock:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            report = json.loads(line)
            if "ready" in report:
                self._ready.set()
            elif "born" in report:
                self._arrive(report["born"], report["pid"])
            else:
                self._operators.pop(report["ended"]).has_ended(report["code"])

    def _arrive(self, number: int, pid: int) -> None:
        with self._arrived:
            operator = Operator(pid, self._logs.pop(number), self)
            self._operators[pid] = operator
            self._born[number] = operator
            self._arrived.notify_all()
