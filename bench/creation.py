"""How long creations take, beside what the simulated AWS itself takes for one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench import critical_path
from bench.edits import Editor, Reaction, reactions
from bench.fleet import Fleet
from bench.operators import at_work, wait_first_look
from bench.quantiles import quantile
from bench.readings import read

from sigopt_sandbox.installed import Installed

Say = Callable[[str], None]
LONGEST = 1800.0
"""Real seconds that a creation is waited for, on however busy a machine."""


@dataclass(frozen=True)
class Creation:
    """Some clusters that were asked for."""

    count: int
    at_once: int
    """So many of them were under way at most; the next were asked for when these were Ready."""
    speed: int
    ratios: tuple[float, ...]
    """From asked to Ready, by what AWS itself takes; of each."""
    calls: float
    """AWS calls of the whole operator meanwhile, for one cluster."""
    cpu: float
    """Seconds of CPU of the whole operator meanwhile, for one cluster."""
    reactions: tuple[Reaction, ...] = ()
    """To edits of others that were made meanwhile."""

    @property
    def median(self) -> float:
        """Of the ratios."""
        return quantile(self.ratios, 0.5)

    @property
    def slowest(self) -> float:
        """Of the ratios."""
        return max(self.ratios)


def create(
    installed: Installed,
    fleet: Fleet,
    names: Sequence[str],
    *,
    speed: int,
    say: Say,
    at_once: int,
    edited: Sequence[str] = (),
    flags: Sequence[str] = (),
) -> Creation:
    """Ask for so many of them at once, and wait until the last is Ready; meanwhile edit others.

    `flags` are more of the operator's command line.
    """
    standing = len(fleet.courses)
    with at_work(installed, speed, *flags) as operator:
        wait_first_look(operator, standing, say)
        before = read(operator)
        with _edits(installed, fleet, edited, say) as found:
            for first in range(0, len(names), at_once):
                fleet.make(names[first : first + at_once])
                fleet.wait_ready(names[: first + at_once], LONGEST, say)
            after = read(operator)
    calls = after.sum("aws_calls_total") - before.sum("aws_calls_total")
    return Creation(
        count=len(names),
        at_once=min(at_once, len(names)),
        speed=speed,
        ratios=tuple(ratio(fleet, name, speed) for name in names),
        calls=calls / len(names),
        cpu=(after.cpu - before.cpu) / len(names),
        reactions=tuple(found),
    )


@contextmanager
def _edits(
    installed: Installed, fleet: Fleet, names: Sequence[str], say: Say
) -> Iterator[list[Reaction]]:
    """Edit these while the block runs; when it is over, there is what followed."""
    found: list[Reaction] = []
    if not names:
        yield found
        return
    fleet.wait_settled(names, LONGEST, say)
    installed.sandbox.note_calls(on=True)
    editor, over = Editor(fleet, names), threading.Event()
    going = threading.Thread(
        target=editor.go_on_while, args=(lambda: not over.is_set(),), daemon=True
    )
    going.start()
    try:
        yield found
    finally:
        over.set()
        going.join()
    fleet.wait_settled(names, LONGEST, say)
    found += reactions(editor.made, installed.sandbox.noted_calls())
    installed.sandbox.note_calls(on=False)
    say(f"{len(editor.made)} edits were made, and AWS heard of {len(found)}")


def ratio(fleet: Fleet, name: str, speed: int) -> float:
    """How long one took from asked to Ready, by what AWS itself takes."""
    course = fleet.courses[name]
    assert course.ready is not None
    return (course.ready - course.asked) * speed / critical_path.seconds()
