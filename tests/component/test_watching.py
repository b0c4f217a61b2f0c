"""A watch that ends by itself is begun anew, until the operator is told to stop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import pytest

from sigopt_operator.runtime import backoff, watching
from sigopt_operator.runtime.watching import HELD, LONGEST, BlindError, always


class RefusedError(Exception):
    """As kopf tells an answer of the API server."""

    status = 404


@dataclass
class Watch:
    """Ends as often as it is to, and then goes on until it is told to stop."""

    ends: list[Exception]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    waited: int = 0
    now: float = 0.0
    lasts: float = 0.0

    async def __call__(self) -> None:
        self.begun += 1
        self.now += self.lasts
        if self.ends:
            raise self.ends.pop(0)
        self.stop.set()

    async def before(self) -> None:
        self.waited += 1

    async def run(self) -> None:
        await always(self, self.before, self.stop, clock=lambda: self.now)


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For how many failures in a row a delay was asked; there is none in fact."""
    asked: list[int] = []

    def delay(failures: int, _: float) -> timedelta:
        asked.append(failures)
        return timedelta()

    monkeypatch.setattr(backoff, "delay", delay)
    return asked


async def test_it_is_begun_anew_after_whatever_ended_it(delays: list[int]) -> None:
    ends = [RefusedError("gone"), aiohttp.ClientPayloadError("cut"), RuntimeError("a bug")]
    watch = Watch(list(ends))
    await watch.run()
    assert (watch.begun, watch.waited) == (len(ends) + 1, len(ends))
    assert delays == [1, 2, 3]


async def test_what_fails_before_it_begins_anew_ends_nothing_either(delays: list[int]) -> None:
    """It is asked again itself: without it the watch might begin where there is no CRD."""
    watch = Watch([OSError("away")])
    fails = [ValueError("half of an answer"), OSError("away")]

    async def before() -> None:
        watch.waited += 1
        if fails:
            raise fails.pop(0)

    await always(watch, before, watch.stop, clock=lambda: watch.now)
    assert (watch.begun, watch.waited) == (2, 3)
    assert delays == [1, 2, 3]


async def test_one_that_only_returns_is_begun_anew_no_faster(delays: list[int]) -> None:
    watch = Watch([])
    begun: list[int] = []

    async def returns() -> None:
        begun.append(1)
        if len(begun) == 3:
            watch.stop.set()

    await always(returns, watch.before, watch.stop)
    assert (len(begun), delays) == (3, [1, 2])


async def test_one_that_held_for_long_is_no_failed_attempt(delays: list[int]) -> None:
    watch = Watch([OSError("away")] * 3, lasts=HELD)
    await watch.run()
    assert delays == [1, 1, 1]


async def test_it_is_never_blind_for_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waited: list[float] = []

    async def told(_: asyncio.Event, within: float) -> None:
        waited.append(within)

    monkeypatch.setattr(watching, "_stopped", told)
    caplog.set_level(logging.CRITICAL)
    await Watch([OSError("away")] * 20).run()
    assert max(waited) == LONGEST


async def test_it_is_told_in_a_line_and_a_bug_with_its_traceback(
    delays: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    ends = [RefusedError("404 page not found"), BlindError("an event is missing")]
    await Watch([*ends, RuntimeError("a bug")]).run()
    *known, bug = (r for r in caplog.records if r.levelno == logging.WARNING)
    for end, record in zip(ends, known, strict=True):
        assert str(end) in record.getMessage()
        assert not record.exc_info
    assert bug.exc_info


async def test_told_to_stop_it_neither_waits_nor_begins() -> None:
    watch = Watch([OSError("away")] * 9)
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    watch.stop.set()
    async with asyncio.timeout(backoff.FIRST.total_seconds() * 30):
        await running
    assert (watch.begun, watch.waited) == (1, 0)
