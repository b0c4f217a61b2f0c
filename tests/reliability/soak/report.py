"""The figures of a soak, for a terminal and for docs/reliability.md."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.reliability.soak.figures import Figures
from tests.reliability.soak.growth import LEAST, WARM_UP
from tests.reliability.soak.lives import What
from tests.reliability.soak.sample import Sample

BEGIN = "<!-- soak: written by `make soak` -->"
END = "<!-- soak ends -->"
MOST_TOLD = 5


def told(figures: Figures) -> str:
    """The figures in Markdown, and for each failure what repeats it."""
    return "\n".join(
        (*_about(figures), "", *_faults(figures), "", *_waves(figures), "", *_judged(figures))
    )


def report(path: Path, figures: Figures) -> None:
    """Write the section anew between its two marks; the rest of the document stays."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{told(figures)}\n\n{END}{after}")


def _about(figures: Figures) -> Iterator[str]:
    steps, statuses = figures.steps, sum(each.statuses for each in figures.lived)
    edits = sum(steps[what] for what in What if what not in (What.MADE, What.DELETED))
    yield (
        f"`make soak SEED={figures.seed}`: {len(figures.lived)} lives, {figures.at_once} side by"
        f" side, in {figures.seconds / 60:.0f} minutes on {os.cpu_count()} cores, AWS at speed"
        f" {figures.speed:g}; {edits} edits ({steps[What.WRONG]} of them wrong, "
        f"{steps[What.PAUSED]} pauses), {steps[What.DELETED]} deletions;"
        f" {figures.last.rounds} rounds, {figures.last.aws_calls} AWS calls, {statuses} statuses"
        " judged."
    )
    yield ""
    yield "| converged | leaks | doubles | lies | bugs logged |"
    yield "|--:|--:|--:|--:|--:|"
    converged = sum(each.converged for each in figures.lived)
    kinds = [figures.faults(kind) for kind in ("left behind", "doubled", "a lie")]
    counts = [converged, *kinds, figures.bugs]
    yield f"| {' | '.join(map(str, counts))} |"


def _faults(figures: Figures) -> Iterator[str]:
    yield "| what the weather did | AWS | Kubernetes |"
    yield "|---|--:|--:|"
    for kind in dict.fromkeys(key.partition(": ")[2] for key in sorted(figures.met)):
        counts = [figures.met.get(f"{whose}: {kind}", 0) for whose in ("AWS", "Kubernetes")]
        yield f"| {kind} | {counts[0]} | {counts[1]} |"


def _waves(figures: Figures) -> Iterator[str]:
    yield "| wave | memory, MB | threads | open files | queue | later | log lines a life | rounds |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|"
    for sample in figures.samples:
        yield _row(str(sample.wave), sample)
    yield _row("a minute later", figures.last)


def _row(name: str, sample: Sample) -> str:
    cells = (
        f"{sample.resident / 1e6:.1f}",
        *(sample.threads, sample.files, sample.queued, sample.later),
        f"{sample.log_lines:.0f}",
        sample.rounds,
    )
    return f"| {name} | {' | '.join(map(str, cells))} |"


def _judged(figures: Figures) -> Iterator[str]:
    if not figures.trends:
        yield f"Growth is judged from {WARM_UP + LEAST} waves on."
    for trend in figures.trends:
        yield f"- {'GROWS: ' if trend.grows else ''}{trend}"
    yield from (f"- LEFT: {what}" for what in figures.left)
    for each in figures.failures:
        yield f"\nFAILED {each.life.name}:"
        yield from (f"  {fault[:600]}" for fault in each.faults[:MOST_TOLD])
        yield f"  {each.command}"
