"""The go command: whether it is there and new enough, and running it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sigopt_sandbox.programs.catalogue import (
    BUILD_ENVIRONMENT,
    SOURCES,
    ProgramsError,
    wanted_go,
)

_INSTALL = "install it from https://go.dev/dl/ and put it on PATH"


def command(module: str) -> str:
    """The path of a go command that can build our `module`; ProgramsError when there is none.

    Since 1.21 Go fetches a newer toolchain by itself when a module asks for one and GOTOOLCHAIN
    allows it (https://go.dev/doc/toolchain), so it is asked inside the module's directory.
    """
    needed = ".".join(str(part) for part in wanted_go(module))
    path = shutil.which("go")
    if path is None:
        raise ProgramsError(
            f"building the Kubernetes programs needs Go {needed} or newer: {_INSTALL},"
            " or set KUBEBUILDER_ASSETS to a directory that has the programs"
        )
    asked = _run(path, "env", "GOVERSION", directory=SOURCES / module)
    if asked.returncode != 0:
        raise ProgramsError(f"Go {needed} or newer is needed: {_INSTALL}\n{asked.stderr.strip()}")
    if _version(asked.stdout) < wanted_go(module):
        raise ProgramsError(
            f"{path} is {asked.stdout.strip()}; Go {needed} or newer is needed: {_INSTALL}"
        )
    return path


def environment() -> dict[str, str]:
    """The environment of every call: the developer's own (proxy, caches), and what a build sets."""
    return dict(os.environ) | BUILD_ENVIRONMENT


def module_directory(module: str, requirement: str) -> Path:
    """Where Go keeps the source of a module that ours requires, downloaded if need be."""
    go = command(module)
    here = SOURCES / module
    downloaded = _run(go, "mod", "download", requirement, directory=here)
    listed = _run(go, "list", "-m", "-f", "{{.Dir}}", requirement, directory=here)
    if listed.returncode != 0 or not listed.stdout.strip():
        reason = (downloaded.stderr + listed.stderr).strip()
        raise ProgramsError(f"cannot download the Go module {requirement}:\n{reason}")
    return Path(listed.stdout.strip())


def _run(go: str, *arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [go, *arguments],
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def _version(text: str) -> tuple[int, ...]:
    """`go1.26.8` as (1, 26, 8); a development version counts as newest."""
    found = re.search(r"go(\d+(?:\.\d+)*)", text)
    return (999,) if found is None else tuple(int(part) for part in found[1].split("."))
