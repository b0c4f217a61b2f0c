"""Finding the programs: KUBEBUILDER_ASSETS, then the cache, then building."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from sigopt_sandbox.programs import build
from sigopt_sandbox.programs.catalogue import ALL, PROGRAMS


@dataclass(frozen=True)
class Programs:
    """Where each program is."""

    paths: Mapping[str, Path]
    kwok_stages: Path | None
    """The stages to give to kwok; None when kwok was not asked for."""

    def path(self, name: str) -> Path:
        """The program of that name; KeyError when it was not asked for."""
        return self.paths[name]

    @property
    def search_path(self) -> str:
        """The directories that have them, as PATH is written."""
        return os.pathsep.join(dict.fromkeys(str(path.parent) for path in self.paths.values()))


def find(names: Collection[str] = ALL, say: build.Say | None = None) -> Programs:
    """The programs called `names`, built where they are not found; ProgramsError if they cannot be.

    `say` shows progress, on standard error unless given. KUBEBUILDER_ASSETS, the convention of
    controller-runtime's envtest, comes first; whatever it lacks is named and taken from the cache.
    """
    show = say or _on_standard_error
    unknown = set(names) - ALL
    if unknown:
        raise KeyError(f"no such programs: {', '.join(sorted(unknown))}")
    assets = _assets()
    given = {} if assets is None else {n: assets / n for n in names if _is_program(assets / n)}
    missing = [program for program in PROGRAMS if program.name in set(names) - set(given)]
    cache = build.cache_directory()
    if assets is not None and missing:
        show(
            f"KUBEBUILDER_ASSETS={assets} lacks {', '.join(p.name for p in missing)}:"
            f" taken from {cache}"
        )
    if any(not _is_program(cache / program.name) for program in missing):
        build.build(missing, cache, show)
    paths = given | {program.name: cache / program.name for program in missing}
    return Programs(paths, _stages(assets, cache, show) if "kwok" in names else None)


def _stages(assets: Path | None, cache: Path, say: build.Say) -> Path:
    candidates = [directory / build.STAGES for directory in (assets, cache) if directory]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    return build.write_stages(cache, say)


def _assets() -> Path | None:
    given = os.environ.get("KUBEBUILDER_ASSETS", "")
    return Path(given).absolute() if given else None


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _on_standard_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
