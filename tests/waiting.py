"""Waiting for a condition, never for a duration."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], T], what: str, within: float = 60.0) -> T:
    """The condition's first truthy value; the event loop goes on meanwhile."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what}")
        await asyncio.sleep(0.01)
    return value


async def settled() -> None:
    """Let everything that can run in the event loop now do so."""
    for _ in range(20):
        await asyncio.sleep(0)


def eventually(condition: Callable[[], object], what: Callable[[], str], *, within: float) -> None:
    """Return once the condition holds; `what` says what does not, when it never does."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what()}")
        time.sleep(0.1)
