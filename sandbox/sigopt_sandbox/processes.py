"""Child processes that end when their parent does, waiting for them, and ending them in order."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_POLL_SECONDS = 0.05
TERMINATION_GRACE_SECONDS = 5.0
READY_SECONDS = 90.0
"""How long a program may take to become ready; generous, for machines that are busy."""


class ProcessError(Exception):
    """A child ended on its own, or was not ready in time; the message has its last log lines."""


@dataclass(frozen=True)
class Child:
    """A process that this one started."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    """Receives its standard output and standard error."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs; also collects its exit status."""
        return self.process.poll() is None

    def last_lines(self, count: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def check(self) -> None:
        """Raise ProcessError if it has ended."""
        status = self.process.poll()
        if status is not None:
            raise ProcessError(
                f"{self.name} ended ({_described(status)}); the end of {self.log}:\n"
                f"{self.last_lines()}"
            )


def start(
    name: str,
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Child:
    """Start a program that the kernel kills when this process ends, however it ends.

    `log` is written anew. `env` replaces the environment. The kernel's signal fires when the
    *thread* that forked ends, so this refuses to run in any thread but the main one.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(f"{name}: children must be started by the main thread")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(argument) for argument in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            preexec_fn=_die_with(os.getpid()),
        )
    return Child(name, process, log)


def adopt_orphans() -> None:
    """Make this process the parent of its descendants whose own parent ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def wait_until(
    condition: Callable[[], bool],
    *,
    what: str,
    children: Iterable[Child] = (),
    seconds: float = READY_SECONDS,
) -> None:
    """Return once `condition` holds.

    Raises ProcessError when one of `children` ends before, or after `seconds`; `what` completes
    the sentence "... is not there after N seconds".
    """
    watched = tuple(children)
    deadline = time.monotonic() + seconds
    while not condition():
        for child in watched:
            child.check()
        if time.monotonic() > deadline:
            logs = "".join(f"\nthe end of {c.log}:\n{c.last_lines()}" for c in watched)
            raise ProcessError(f"{what} is not there after {seconds:.0f} seconds{logs}")
        time.sleep(_POLL_SECONDS)


def stop(*groups: Iterable[Child], grace: float = TERMINATION_GRACE_SECONDS) -> None:
    """End the children, a group after the other: SIGTERM, and SIGKILL after `grace` seconds.

    Returns when all have ended and their exit statuses are collected.
    """
    for group in groups:
        members = tuple(group)
        for child in members:
            if child.alive:
                child.process.terminate()
        deadline = time.monotonic() + grace
        for child in members:
            _end(child, max(deadline - time.monotonic(), 0))


def _end(child: Child, seconds: float) -> None:
    try:
        child.process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


def _die_with(parent: int) -> Callable[[], None]:
    """What the child does before it becomes the program; loaded before the fork, as it must be."""
    prctl, getppid, exit_now = _libc().prctl, os.getppid, os._exit

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if getppid() != parent:  # it ended before the call above took effect
            exit_now(1)

    return prepare


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, value) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "prctl"):
        raise ProcessError("the sandbox needs Linux: only there do its processes end with it")
    return libc


def _described(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
