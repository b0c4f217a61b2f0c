"""Which programs there are, from which pinned Go modules, and how they are built."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent
"""Has a directory per Go module of ours, each with go.mod and go.sum."""

BUILD_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
"""What a build sets, whatever a developer's own Go settings are."""


class ProgramsError(Exception):
    """A program cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Program:
    """One program."""

    name: str
    module: str
    """The directory of `SOURCES` that pins its version."""
    package: str
    """The Go package of its main function."""
    stamped_by: str | None = None
    """The module that states its version, for programs that leave stamping it to their build."""
    typical_seconds: int = 10
    """What building it takes on two cores, after those before it."""

    @property
    def directory(self) -> Path:
        """Where its go.mod is."""
        return SOURCES / self.module

    @property
    def ldflags(self) -> str:
        """The linker's flags: no debug information, and the version."""
        flags = "-s -w"
        if self.stamped_by is None:
            return flags
        version = pinned_version(self.module, self.stamped_by)
        major, minor = version.removeprefix("v").split(".")[:2]
        stamp = "k8s.io/component-base/version"
        return (
            f"{flags} -X {stamp}.gitVersion={version}"
            f" -X {stamp}.gitMajor={major} -X {stamp}.gitMinor={minor}"
        )

    def build_arguments(self, output: Path) -> tuple[str, ...]:
        """The arguments of `go`, to be run in `directory`."""
        build = ("build", "-trimpath", "-ldflags", self.ldflags)
        return (*build, "-o", str(output), self.package)


_KUBERNETES = "k8s.io/kubernetes"
KWOK_MODULE = "sigs.k8s.io/kwok"

# In the order in which they are built: the first compiles what the next four share.
PROGRAMS = (
    Program("kube-apiserver", "kubernetes", f"{_KUBERNETES}/cmd/kube-apiserver", _KUBERNETES, 270),
    Program(
        "kube-controller-manager",
        "kubernetes",
        f"{_KUBERNETES}/cmd/kube-controller-manager",
        _KUBERNETES,
        65,
    ),
    Program("kube-scheduler", "kubernetes", f"{_KUBERNETES}/cmd/kube-scheduler", _KUBERNETES, 10),
    Program("kubectl", "kubernetes", f"{_KUBERNETES}/cmd/kubectl", _KUBERNETES, 25),
    Program("etcd", "kubernetes", "go.etcd.io/etcd/server/v3", None, 10),
    Program("kwok", "kwok", f"{KWOK_MODULE}/cmd/kwok", None, 80),
)
ALL = frozenset(program.name for program in PROGRAMS)
MODULES = ("kubernetes", "kwok")


def pinned_version(module: str, requirement: str) -> str:
    """The version at which our `module` requires another, such as "v1.36.3"."""
    text = (SOURCES / module / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require )?{re.escape(requirement)} (v\S+)", text, re.MULTILINE)
    if found is None:
        raise ProgramsError(f"{SOURCES / module / 'go.mod'} does not require {requirement}")
    return found[1]


def wanted_go(module: str) -> tuple[int, ...]:
    """The Go version that our `module` needs, such as (1, 26, 0)."""
    text = (SOURCES / module / "go.mod").read_text()
    found = re.search(r"^go (\d+(?:\.\d+)*)", text, re.MULTILINE)
    if found is None:
        raise ProgramsError(f"{SOURCES / module / 'go.mod'} does not say which Go it needs")
    return tuple(int(part) for part in found[1].split("."))


def fingerprint() -> str:
    """A short hash of everything that the built programs depend on."""
    digest = hashlib.sha256()
    for module in MODULES:
        for name in ("go.mod", "go.sum"):
            digest.update((SOURCES / module / name).read_bytes())
    for program in PROGRAMS:
        digest.update("\0".join(program.build_arguments(Path(program.name))).encode())
    digest.update(repr(sorted(BUILD_ENVIRONMENT.items())).encode())
    digest.update(f"{sys.platform}/{platform.machine()}".encode())
    return digest.hexdigest()[:16]
