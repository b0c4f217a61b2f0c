"""Starting a sandbox: its supervisor, and waiting until all of it is ready."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sigopt_sandbox.launcher.errors import SandboxError
from sigopt_sandbox.launcher.layout import Layout
from sigopt_sandbox.launcher.sandbox import Sandbox, end
from sigopt_sandbox.launcher.supervisor import STAY

Say = Callable[[str], None]
ENDPOINTS = ("real", "light", "none")


def up(
    directory: Path | str, speed: float = 60, endpoints: str = "real", say: Say | None = None
) -> Sandbox:
    """Start a sandbox in `directory`, or find the one that runs there; it stays until `down`.

    Returns when all of it is ready. If this is interrupted, or its process killed, nothing stays.
    `say` is shown what is being waited for. Raises SandboxError, also when the one that runs has
    another speed or other endpoints.
    """
    layout = Layout.of(directory)
    if layout.holder() is not None:
        return _same(Sandbox.load(directory), speed, endpoints)
    with _supervisor(layout, speed, endpoints, say) as (sandbox, leash):
        leash.write(STAY)
        leash.flush()
    return sandbox


@contextmanager
def running(
    directory: Path | str, speed: float = 60, endpoints: str = "real", say: Say | None = None
) -> Iterator[Sandbox]:
    """A sandbox that ends with the block, or with this process, however that ends."""
    layout = Layout.of(directory)
    with _supervisor(layout, speed, endpoints, say) as (sandbox, _):
        try:
            yield sandbox
        finally:
            end(layout)


@contextmanager
def _supervisor(
    layout: Layout, speed: float, endpoints: str, say: Say | None
) -> Iterator[tuple[Sandbox, IO[bytes]]]:
    """Start a supervisor; it ends if its standard input does before it read `STAY` there."""
    argv = (sys.executable, "-P", "-m", "sigopt_sandbox.launcher", str(layout.directory))
    with subprocess.Popen(
        [*argv, "--speed", str(speed), "--endpoints", endpoints],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        ready = False
        try:
            _follow(process.stdout, say)
            ready = True
            yield Sandbox.load(layout.directory), process.stdin
        finally:
            process.stdin.close()
            if not ready:
                process.stdout.read()  # until everything that it started has ended


def _follow(output: IO[bytes], say: Say | None) -> None:
    """Pass the supervisor's reports on until it is ready; SandboxError if it gives up."""
    other: list[str] = []
    for line in output:
        report = _report(line)
        if report is None:
            other.append(line.decode(errors="replace"))
        elif "ready" in report:
            return
        elif "failed" in report:
            raise SandboxError(report["failed"])
        elif say is not None:
            say(report["doing"])
    raise SandboxError(f"the supervisor ended before the sandbox was ready\n{''.join(other)}")


def _report(line: bytes) -> dict[str, str] | None:
    try:
        decoded = json.loads(line)
    except ValueError:
        return None
    return decoded if isinstance(decoded, dict) else None


def _same(sandbox: Sandbox, speed: float, endpoints: str) -> Sandbox:
    have = sandbox.state
    if (have.speed, have.endpoints) != (speed, endpoints):
        raise SandboxError(
            f"the sandbox in {sandbox.layout.directory} runs at speed {have.speed:g} with"
            f" {have.endpoints} endpoints: end it with `sandbox down` first"
        )
    return sandbox
