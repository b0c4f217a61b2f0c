"""What the taps of a run's operators noted, read as it is written."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.reliability.calls import Call

Dump = dict[str, Any]


_CODE = re.compile(r"An error occurred \((\w+)\)|HTTP (\d+)|ApiException: \((\d+)\)")
"""How botocore and the Kubernetes clients name what a server answered."""
_UNSURE = re.compile(r"5\d\d|Internal|Unavailable")
_SO_ALREADY = (
    (re.compile(r"\w+:(Delete|Disassociate|Detach|Remove)"), re.compile(r"NotFound|NoSuch|404")),
    (re.compile(r"\w+:(Create|Associate|Attach)"), re.compile(r"Exists|InUse|Duplicate")),
)
"""By operation, answers to what was done before: clients send again what was not answered."""


@dataclass(frozen=True)
class Note:
    """One line: of a call that was sent or answered, of a round's begin, or of a death."""

    what: str
    """`born`, `read`, `sent`, `answered`, `killed` or `terminated`."""
    call: Call
    ordinal: int
    at: float
    """Seconds since the epoch."""
    error: str = ""
    status: dict[str, Any] | None = None
    """The status that it writes."""
    body: Any = None
    dump: Dump | None = None
    """What the account had just before it was sent."""

    @property
    def refused(self) -> bool:
        """Whether the answer says that nothing was done; a lost one says nothing."""
        found = _CODE.search(self.error)
        code = next(filter(None, found.groups())) if found else ""
        if not code or _UNSURE.search(code):
            return False
        return not any(op.match(self.call.op) and so.search(code) for op, so in _SO_ALREADY)

    @classmethod
    def of(cls, line: bytes) -> Note:
        """What a line says."""
        told = json.loads(line)
        call = Call(told.pop("op"), told.pop("subject"))
        del told["phase"]
        return cls(call=call, **told)


@dataclass(frozen=True)
class Done:
    """A call that was sent, and what came of it."""

    sent: Note
    answer: Note | None
    """None: the operator died before."""

    @property
    def accepted(self) -> bool:
        """Whether it is known to have been done."""
        return self.answer is not None and not self.answer.error


@dataclass
class Journal:
    """The notes of one scenario; `turn` begins with those of the next."""

    path: Path
    notes: list[Note] = field(default_factory=list)
    _at: int = 0

    def read(self) -> list[Note]:
        """All notes until now."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._at)
                whole, end, _ = file.read().rpartition(b"\n")
            self._at += len(whole) + len(end)
            self.notes += [Note.of(line) for line in whole.split(b"\n") if line]
        return self.notes

    def born(self) -> None:
        """An operator was started."""
        line = {
            "at": time.time(),
            "what": "born",
            "phase": "",
            "op": "",
            "subject": "",
            "ordinal": 0,
        }
        with self.path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")

    def turn(self) -> None:
        """Forget what was noted until now, but for the begin of the round that is under way."""
        self.notes = [note for note in self.read()[-1:] if note.what == "read"]

    @property
    def quiet(self) -> bool:
        """Whether the last round is over: another one began, and nothing was sent since.

        Of an operator that was just born the first round has to be over, too.
        """
        rounds = 0
        for note in reversed(self.read()):
            if note.what in ("sent", "born"):
                return rounds > (note.what == "born")
            rounds += note.what == "read"
        return False

    @property
    def answered(self) -> bool:
        """Whether nothing is under way: every call was answered, or its sender is dead."""
        under_way = 0
        for note in self.read():
            under_way += {"sent": 1, "answered": -1, "born": -under_way}.get(note.what, 0)
        return under_way == 0

    def called(self, op: str) -> bool:
        """Whether there was such a call, and it was accepted."""
        return any(n.what == "answered" and n.call.op == op and not n.error for n in self.read())


def done(notes: list[Note]) -> list[Done]:
    """Calls with their answers, in the order in which they were sent."""
    found = []
    for index, note in enumerate(notes):
        if note.what == "sent":
            key = (note.call, note.ordinal)
            answers = _until_death(notes[index + 1 :])
            answer = next((n for n in answers if (n.call, n.ordinal) == key), None)
            found.append(Done(note, answer))
    return found


def _until_death(notes: list[Note]) -> Iterator[Note]:
    for note in notes:
        if note.what == "answered":
            yield note
        elif note.what == "born":
            return


def points(notes: list[Note]) -> list[tuple[Call, int]]:
    """Every call that changed something."""
    return [(each.sent.call, each.sent.ordinal) for each in done(notes) if each.accepted]
