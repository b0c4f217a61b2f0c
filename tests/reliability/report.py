"""The figures of a matrix, for a terminal and for docs/reliability.md."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.reliability.cpu import seconds_of_a_core
from tests.reliability.journal import points
from tests.reliability.lab import Lab
from tests.reliability.matrix import LONGEST, MOST_TOLD, Matrix, Tried

BEGIN = "<!-- crash-matrix: written by `make crash-matrix` -->"
END = "<!-- crash-matrix ends -->"
KINDS = {
    "it ended otherwise": "other ends",
    "it did not converge": "that never ended",
    "it was left": "leaks",
    "doubled": "things doubled",
    "destroyed": "things destroyed",
    "a lie": "untrue statuses or events",
}
"""How faults begin, and what those are called."""


@dataclass(frozen=True)
class Row:
    """One scenario."""

    scenario: str
    calls: int
    tried: int
    converged: int
    failed: int
    not_met: int
    """Points that no run came to."""


@dataclass(frozen=True)
class Figures:
    """What a matrix found."""

    rows: tuple[Row, ...]
    failures: tuple[Tried, ...]
    never_met: tuple[str, ...]
    """Points that no run came to."""
    left: int
    """Points that were not tried, for want of time."""
    lives: int
    date: str
    seconds: float
    seed: int
    speed: float
    cpu: Mapping[str, float]
    """Seconds of a core, by part."""

    @classmethod
    def of(cls, matrix: Matrix, seconds: float, lab: Lab) -> Figures:
        """The figures of one that ran."""
        names = [(c.name, s.name) for c in matrix.chains for s in c.scenarios]
        return cls(
            rows=tuple(_row(matrix, chain, scenario) for chain, scenario in names),
            failures=tuple(tried for tried in matrix.tried if tried.faults),
            never_met=tuple(str(tried.point) for tried in matrix.tried if not tried.met),
            left=matrix.left,
            lives=matrix.lives,
            date=datetime.now(UTC).date().isoformat(),
            seconds=seconds,
            seed=matrix.seed,
            speed=lab.sandbox.state.speed,
            cpu=seconds_of_a_core(lab),
        )

    def of_kind(self, begin: str) -> int:
        """How many faults there were that are told with that beginning."""
        faults = (fault for tried in self.failures for fault in tried.faults)
        return sum(fault.startswith(begin) for fault in faults)

    @property
    def failed(self) -> int:
        """How many failed."""
        return len(self.failures)

    def total(self, field: str) -> int:
        """The sum of a column."""
        return sum(getattr(row, field) for row in self.rows)


def told(figures: Figures) -> str:
    """The figures in Markdown, and for each failure what repeats it."""
    head = "| scenario | calls | points tried | converged | failed | not come to |"
    rule = "|---|--:|--:|--:|--:|--:|"
    rows = [
        f"| {r.scenario} | {r.calls} | {r.tried} | {r.converged} | {r.failed} | {r.not_met} |"
        for r in figures.rows
    ]
    sums = [figures.total(f) for f in ("calls", "tried", "converged", "failed", "not_met")]
    whole = f"| **all** | {' | '.join(f'**{n}**' for n in sums)} |"
    rest = [*_not_tried(figures), *_failures(figures)]
    return "\n".join([_about(figures), "", head, rule, *rows, whole, *rest])


def _about(figures: Figures) -> str:
    """When, how long, what was found and what it cost, in some lines."""
    minutes, seconds = divmod(round(figures.seconds), 60)
    kinds = ", ".join(f"{figures.of_kind(begin)} {name}" for begin, name in KINDS.items())
    parts = ", ".join(
        f"{name} {used:.0f}" for name, used in sorted(figures.cpu.items()) if used > 1
    )
    used = sum(figures.cpu.values())
    return (
        f"{figures.date}, seed {figures.seed}: {figures.lives} lives in {minutes} min {seconds} s,"
        f" AWS at speed {figures.speed:g}.\nFound: {kinds}.\n"
        f"Seconds of a core: {parts}; {used:.0f} in all,"
        f" which is {used / figures.seconds:.1f} of the machine's {os.cpu_count()} cores."
    )


def _not_tried(figures: Figures) -> Iterator[str]:
    if figures.left:
        yield f"\n{figures.left} points were not tried: its time was over."
    if figures.never_met:
        yield "\nNot come to:\n"
        yield from (f"- `{point}`" for point in sorted(figures.never_met))


def _failures(figures: Figures) -> Iterator[str]:
    for tried in figures.failures:
        faults = "\n".join(fault[:LONGEST] for fault in tried.faults[:MOST_TOLD])
        yield f"\n{tried.point or tried.scenario}:\n\n```\n{faults}\n\n{tried.command}\n```"


def report(path: Path, figures: Figures) -> None:
    """Write the section anew between its two marks; the rest of the document stays."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{told(figures)}\n\n{END}{after}")


def _row(matrix: Matrix, chain: str, scenario: str) -> Row:
    of = [t for t in matrix.tried if (t.chain, t.scenario) == (chain, scenario) and t.point]
    met = [tried for tried in of if tried.met]
    failed = sum(bool(tried.faults) for tried in met)
    return Row(
        scenario=scenario,
        calls=len(points(matrix.expected[chain, scenario].passed.notes)),
        tried=len(met),
        converged=len(met) - failed,
        failed=failed,
        not_met=len(of) - len(met),
    )
