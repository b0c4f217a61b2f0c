"""Which request came when, for who measures how long something takes until AWS hears of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from sigopt_sandbox.aws import admin

MOST: Final = 200_000
"""Entries; beyond, the earliest goes."""


class Journal:
    """Kept only while it is on."""

    def __init__(self) -> None:
        """Off at first."""
        self._on = False
        self._kept: deque[dict[str, Any]] = deque(maxlen=MOST)

    def serve(self) -> None:
        """`/_sandbox/calls/journal`: PUT `{"on": true}` begins anew, GET tells what was kept."""
        admin.register("PUT", "/_sandbox/calls/journal", self._switch)
        admin.register("GET", "/_sandbox/calls/journal", lambda _: list(self._kept))

    def note(self, operation: str, path: str, params: Mapping[str, Any]) -> None:
        """A request arrived. `at` is the machine's monotonic clock, which all processes share."""
        if self._on:
            about = path if path != "/" else _first(params.get("StackName"))
            self._kept.append({"at": time.monotonic(), "operation": operation, "about": about})

    def _switch(self, request: admin.Request) -> object:
        self._on = admin.field(request.body, "on", bool)
        if self._on:
            self._kept.clear()
        return {"on": self._on}


def _first(value: Any) -> str:
    """Of a query's parameter, which may come as a list."""
    return str(value[0] if isinstance(value, list) and value else value or "")
