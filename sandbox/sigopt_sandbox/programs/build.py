"""Building programs into the cache: one at a time, whole or not at all, one builder at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sigopt_sandbox import processes
from sigopt_sandbox.programs import go
from sigopt_sandbox.programs.catalogue import (
    KWOK_MODULE,
    Program,
    ProgramsError,
    fingerprint,
    pinned_version,
)

Say = Callable[[str], None]
"""Shows one line to a person."""

SAY_EVERY_SECONDS = 15.0
STAGES = "kwok-stages.yaml"
_STAGE_DIRECTORIES = ("node/fast", "node/heartbeat-with-lease", "pod/fast")
_BUILD_SECONDS = 3600.0


def cache_directory() -> Path:
    """Where built programs are: outside the tree, named by what they are built from."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "sigopt-sandbox" / "programs" / fingerprint()


def build(programs: Sequence[Program], directory: Path, say: Say) -> None:
    """Build what `directory` does not have yet of `programs`, in their order.

    Waits while another process builds there. Each program appears under its name only when it is
    whole, so that what an interrupted build finished is kept. Raises ProgramsError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _only_builder(directory, say):
        for leftover in directory.glob(".*.partial"):
            leftover.unlink()
        missing = [program for program in programs if not (directory / program.name).exists()]
        if missing:
            _announce(missing, directory, say)
        for number, program in enumerate(missing, start=1):
            _build_one(program, directory, f"{number} of {len(missing)}", say)


def write_stages(directory: Path, say: Say) -> Path:
    """The stages of kwok, which ends without any, as one file; from its module's own source."""
    stages = directory / STAGES
    directory.mkdir(parents=True, exist_ok=True)
    with _only_builder(directory, say):
        if not stages.exists():
            source = go.module_directory("kwok", KWOK_MODULE) / "kustomize" / "stage"
            partial = directory / f".{STAGES}.partial"
            partial.write_text("---\n".join(_stage_files(source)))
            partial.rename(stages)
    return stages


def _stage_files(source: Path) -> Iterator[str]:
    for name in _STAGE_DIRECTORIES:
        files = sorted((source / name).glob("*.yaml"))
        wanted = [file for file in files if file.name != "kustomization.yaml"]
        if not wanted:
            version = pinned_version("kwok", KWOK_MODULE)
            raise ProgramsError(f"kwok {version} has no stages in {source / name}")
        yield from (file.read_text() for file in wanted)


def _announce(missing: Sequence[Program], directory: Path, say: Say) -> None:
    seconds = sum(program.typical_seconds for program in missing)
    names = ", ".join(program.name for program in missing)
    say(
        f"building {names} from source into {directory}: once, some {_duration(seconds)} on two"
        " cores; what is finished is kept when this is interrupted"
    )


def _build_one(program: Program, directory: Path, number: str, say: Say) -> None:
    command = go.command(program.module)
    partial = directory / f".{program.name}.partial"
    typical = f"typically {_duration(program.typical_seconds)}"
    say(f"[{number}] {program.name}: building, {typical}")
    began = time.monotonic()
    builder = processes.start(
        f"go build {program.package}",
        [command, *program.build_arguments(partial)],
        log=directory / f"build-{program.name}.log",
        env=go.environment(),
        cwd=program.directory,
    )
    try:
        _wait(builder, lambda: say(f"[{number}] {program.name}: {_since(began)}, {typical}"))
    finally:
        processes.stop([builder])
    if builder.process.returncode != 0:
        partial.unlink(missing_ok=True)
        raise ProgramsError(
            f"building {program.name} failed; the end of {builder.log}:\n{builder.last_lines()}"
        )
    partial.chmod(0o755)
    partial.rename(directory / program.name)
    say(f"[{number}] {program.name}: built in {_since(began)}")


def _wait(builder: processes.Child, still_building: Callable[[], None]) -> None:
    said = time.monotonic()

    def ended() -> bool:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY_SECONDS:
            said = time.monotonic()
            still_building()
        return not builder.alive

    processes.wait_until(ended, what=builder.name, seconds=_BUILD_SECONDS)


@contextmanager
def _only_builder(directory: Path, say: Say) -> Iterator[None]:
    """Hold the directory's lock, which the kernel drops when this process ends."""
    with (directory / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build in {directory}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _since(began: float) -> str:
    return _duration(int(time.monotonic() - began))


def _duration(seconds: int) -> str:
    return f"{seconds // 60} min {seconds % 60:02d} s" if seconds >= 60 else f"{seconds} s"
