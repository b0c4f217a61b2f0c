"""Whether a scenario with a crash in it did no more, and said nothing earlier, than without one.

What an account holds does not show everything: what is deleted and made again under its name, and
what is inside a cluster when a status speaks of it. The calls do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.reliability.calls import Call
from tests.reliability.journal import Note, done

DESTROYS = re.compile(r"[a-z0-9]+:(Delete|Disassociate|Detach|Remove|Terminate)\w+")
MADE_WITH: Mapping[str, str] = {"WorkloadReady": r"inside:\w+", "KubeconfigReady": "k8s:Patch"}
"""Conditions of what no dump of an account holds, and the calls that make it."""


def destroyed(notes: list[Note], calm: list[Note]) -> Iterator[str]:
    """What was taken away that nobody takes away without a crash."""
    usual = _destroyed(calm)
    for call in sorted(_destroyed(notes) - usual, key=str):
        yield f"{call.op} {call.subject}"


def said_too_early(notes: list[Note], calm: list[Note], generation: int) -> Iterator[str]:
    """Conditions of that generation that came true before what is done first without a crash."""
    for part, pattern in MADE_WITH.items():
        usual = _before(part, pattern, calm, generation)
        here = _before(part, pattern, notes, generation)
        if usual is None or here is None:
            continue
        for call in sorted(usual - here, key=str):
            yield f"{part} before {call.op} {call.subject}"


def _destroyed(notes: list[Note]) -> set[Call]:
    calls = (each.sent.call for each in done(notes) if each.accepted)
    return {call for call in calls if DESTROYS.fullmatch(call.op)}


def _before(part: str, pattern: str, notes: list[Note], generation: int) -> set[Call] | None:
    """What may have been done before that condition was first True; None where it never was.

    What a killed operator had sent counts, and what was not answered: nobody knows what came of it.
    """
    sent: set[Call] = set()
    for each in done(notes):
        conditions = (each.sent.status or {}).get("conditions", ())
        told = (c for c in conditions if c["type"] == part and c["status"] == "True")
        if any(c.get("observedGeneration", generation) >= generation for c in told):
            return sent
        refused = each.answer is not None and each.answer.refused
        if re.fullmatch(pattern, each.sent.call.op) and not refused:
            sent.add(each.sent.call)
    return None
