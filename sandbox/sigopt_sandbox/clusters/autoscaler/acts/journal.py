"""The autoscaler's log, in the form of the real one's, without saying the same all the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

REPEATED_SECONDS = 30.0
"""What is still the case is not said again before so long."""
_REMEMBERED = 200


class Journal:
    """Appends lines to one file. Nothing that is handed to it may hold a secret."""

    def __init__(self, path: Path) -> None:
        """The file is made with its first line."""
        self._path = path
        self._written: dict[str, float] = {}

    def info(self, text: str) -> None:
        """What was done."""
        self._write("I", text)

    def seen(self, text: str) -> None:
        """What is the case, perhaps for long."""
        self._write_once("I", text)

    def warning(self, text: str) -> None:
        """What keeps it from doing something."""
        self._write_once("W", text)

    def error(self, text: str) -> None:
        """What failed."""
        self._write_once("E", text)

    def fatal(self, text: str) -> None:
        """What the real program would have ended with."""
        self._write_once("F", text)

    def _write_once(self, severity: str, text: str) -> None:
        now = time.monotonic()
        if now - self._written.get(text, -REPEATED_SECONDS) < REPEATED_SECONDS:
            return
        if len(self._written) >= _REMEMBERED:
            self._written.clear()
        self._written[text] = now
        self._write(severity, text)

    def _write(self, severity: str, text: str) -> None:
        line = f"{severity}{datetime.now(UTC):%m%d %H:%M:%S.%f} {text}\n"
        with self._path.open("a") as file:
            file.write(line)
