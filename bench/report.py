"""What was measured, as a page shows it, beside what was aimed at."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bench import critical_path
from bench.creation import Creation
from bench.quantiles import quantile
from bench.steady import Steady

BEGIN: Final = "<!-- bench-scale: begin -->"
END: Final = "<!-- bench-scale: end -->"

MEMORY: Final = 250.0
"""MiB, for a thousand."""
CPU: Final = 0.05
"""Of one core, for a thousand."""
REACTION: Final = 1.0
"""Seconds from an edit to its first call, of 99 in 100."""
ALONE: Final = 1.05
AT_ONCE: Final = 1.2
"""Time to Ready by AWS's own: for one, and for a hundred at once."""
THOUSAND: Final = 1000
FEWEST: Final = 0.02
"""Of a share that is told by itself."""


@dataclass(frozen=True)
class Result:
    """Everything that one run found out."""

    idle: float
    """The share of a core of an operator that has one cluster, and nothing to do."""
    creations: tuple[Creation, ...]
    steadies: tuple[Steady, ...]
    late: str = ""
    """Why it was broken off, where it was."""


def told(result: Result, command: str, now: datetime, seconds: float) -> str:
    """The whole report, in Markdown."""
    parts = (
        _where_from(command, now, seconds),
        f"**Broken off, the rest was not measured:** {result.late}." if result.late else "",
        _aims(result),
        _standing(result),
        _creating(result),
        *map(_profile, result.steadies[-1:]),
        _calls(result.steadies[-1]) if result.steadies else "",
    )
    return "\n\n".join(part for part in parts if part)


def put_into(page: Path, report: str) -> None:
    """Replace what is between the markers; ValueError where the page has none."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no {BEGIN} ... {END}")
    page.write_text(f"{before}{BEGIN}\n\n{report}\n\n{END}{after}")


def _where_from(command: str, now: datetime, seconds: float) -> str:
    cores = os.cpu_count()
    return (
        f"Measured {now:%Y-%m-%d} by `{command}` in {seconds / 60:.0f} minutes, on {cores} cores "
        f"that the sandbox shares (kube-apiserver, etcd, the simulated AWS, the clusters' "
        f"endpoints), Python {platform.python_version()}."
    )


def _aims(result: Result) -> str:
    rows = [("aim", "reached", ""), *_against(result)]
    return _table(rows)


def _against(result: Result) -> Iterator[tuple[str, ...]]:
    for steady in result.steadies:
        if steady.resources == THOUSAND:
            yield _row("1,000 steady clusters: memory, MB", MEMORY, steady.peak, "{:.0f}")
            yield _row("1,000 steady clusters: of one core", CPU, steady.cpu_share, "{:.1%}")
    for creation in result.creations:
        if creation.reactions:
            calls = [reaction.first_call for reaction in creation.reactions]
            name = f"edit to first call, p99 of {len(calls)}, while {creation.count} are created, s"
            yield _row(name, REACTION, quantile(calls, 0.99), "{:.2f}")
            name = f"time to Ready by AWS's own, {creation.count} at once: the slowest"
            yield _row(name, AT_ONCE, creation.slowest, "{:.3f}")
        elif creation.count == 1:
            name = "time to Ready by AWS's own, one alone"
            yield _row(name, ALONE, creation.slowest, "{:.3f}")


def _row(name: str, aim: float, reached: float, form: str) -> tuple[str, ...]:
    met = "met" if reached <= aim else "**missed**"
    return f"{name}: at most {form.format(aim)}", form.format(reached), met


def _standing(result: Result) -> str:
    head = (
        *("clusters that stand", "memory, MB (at most ever)", "of one core", "ms of CPU a round"),
        *("rounds a minute", "AWS calls a minute", "a round", "status writes a minute", "threads"),
    )
    rows = [head]
    rows += [
        (
            f"{steady.resources:,}",
            f"{steady.memory:.0f} ({steady.peak:.0f})",
            f"{steady.cpu_share:.1%}",
            f"{steady.cpu_ms_a_round:.1f}",
            f"{steady.a_minute(steady.rounds):,.0f}",
            f"{steady.a_minute(steady.calls):,.0f}",
            f"{steady.calls_a_round:.2f}",
            f"{steady.a_minute(steady.statuses):,.1f}",
            f"{steady.threads}",
        )
        for steady in result.steadies
    ]
    faster = [f"{s.resources:,} at {s.speed} times" for s in result.steadies if s.speed > 1]
    told = [
        f"An operator with one cluster and nothing to do uses {result.idle:.2%} of a core (its "
        f"lease, above all)."
    ]
    if faster:
        told.append(
            f"Measured at a multiple of AWS's speed, so that the look at everything, which takes a "
            f"quarter of an hour, is in it: {', '.join(faster)}; minutes are AWS's, and the core's "
            f"share is what those rounds would be of a core at AWS's speed."
        )
    return f"{_table(rows)}\n\n{' '.join(told)}"


def _creating(result: Result) -> str:
    head = (
        *("clusters created", "at once", "AWS's speed", "time to Ready by AWS's own: median"),
        *("slowest", "AWS calls for each", "s of CPU for each"),
    )
    rows = [head]
    rows += [
        (
            f"{c.count:,}",
            f"{c.at_once:,}",
            f"{c.speed}",
            f"{c.median:.3f}",
            f"{c.slowest:.3f}",
            # With edits meanwhile, these are not the creations' alone.
            "" if c.reactions else f"{c.calls:.0f}",
            "" if c.reactions else f"{c.cpu:.2f}",
        )
        for c in result.creations
    ]
    chain = ", ".join(f"{what} {s:.0f} s" for what, s in critical_path.steps().items())
    own = (
        f"AWS's own, as simulated, is {critical_path.seconds():.0f} s: {chain}. What the operator "
        f"itself computes counts as many times as AWS is faster here; the fast ones were only to "
        f"come about."
    )
    return f"{_table(rows)}\n\n{own}{''.join(map(_reacting, result.creations))}"


def _reacting(creation: Creation) -> str:
    if not creation.reactions:
        return ""
    rows: list[tuple[str, ...]] = [("from an edit to its", "p50, s", "p99, s", "slowest, s")]
    for name, values in (
        ("first call of AWS", [r.first_call for r in creation.reactions]),
        ("first act in AWS", [r.first_act for r in creation.reactions]),
    ):
        shares = (quantile(values, 0.5), quantile(values, 0.99), max(values))
        rows.append((name, *(f"{value:.2f}" for value in shares)))
    among = f"{len(creation.reactions)} edits while {creation.count} others were being created:"
    return f"\n\n{among}\n\n{_table(rows)}"


def _profile(steady: Steady) -> str:
    if steady.where is None:
        return ""
    areas = [("where the CPU goes", "share")]
    areas += [(name, f"{share:.0%}") for name, share in steady.where.areas if share >= FEWEST]
    functions = [("functions, with what they call", "share")]
    functions += [(f"`{name}`", f"{share:.0%}") for name, share in steady.where.functions]
    return (
        f"A profile with {steady.resources:,} clusters that stand: CPU by thread, put down to "
        f"where the thread is, fifty times a second (`bench/profiled.py`).\n\n"
        f"{_table(areas)}\n\n{_table(functions)}"
    )


def _calls(steady: Steady) -> str:
    rows = [("AWS call", "a minute and cluster")]
    rows += [
        (f"`{name}`", f"{steady.a_minute(count) / steady.resources:.2f}")
        for name, count in steady.by_operation.items()
    ]
    return f"The calls of {steady.resources:,} clusters that stand:\n\n{_table(rows)}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
