"""The locked libraries of requirements/*.txt: names, versions, and the hashes of their files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<rest>.*)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One library, at one version."""

    name: str
    """As package indexes normalise it (PEP 503)."""
    version: str
    hashes: tuple[str, ...]
    """SHA-256 of every file that may be installed, sorted."""
    marker: str = ""
    """Where it is needed (PEP 508); empty: everywhere."""

    @property
    def purl(self) -> str:
        """https://github.com/package-url/purl-spec"""
        return f"pkg:pypi/{self.name}@{self.version}"


def pins(path: Path) -> tuple[Pin, ...]:
    """All of one file, by name; ValueError for a line that is no pin with hashes."""
    return tuple(sorted(_pins(path), key=lambda pin: (pin.name, pin.version)))


def _pins(path: Path) -> Iterator[Pin]:
    joined = re.sub(r"\\\n\s*", " ", path.read_text(encoding="utf-8"))
    for line in joined.splitlines():
        told = line.partition("#")[0].strip()
        if not told:
            continue
        found, hashes = _PIN.fullmatch(told), tuple(sorted(_HASH.findall(told)))
        if found is None or not hashes:
            raise ValueError(f"{path.name}: no pin with hashes: {told[:80]}")
        marker = found["rest"].partition("--hash")[0].strip().removeprefix(";").strip()
        name = re.sub(r"[-_.]+", "-", found["name"]).lower()
        yield Pin(name, found["version"], hashes, marker)
