"""What is remembered is had at once; only what has to be read takes a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from tests.fakes.world import MOMENT

from sigopt_operator.aws.clients import Clients
from sigopt_operator.observe.memory import Memory
from sigopt_operator.observe.readings.recall import Recall, always, aside


@dataclass(frozen=True)
class Things(Recall):
    """Readings that note in which thread they were made."""

    threads: list[str] = field(default_factory=list)
    fails: bool = False

    def thing(self, name: str) -> str:
        return self._recall(
            "Area", name, lambda: self._read(name), always, fresh_for=timedelta(hours=1)
        )

    def _read(self, name: str) -> str:
        self.threads.append(threading.current_thread().name)
        if self.fails:
            raise ConnectionError("away")
        return f"the {name}"


class Counting(ThreadPoolExecutor):
    """Counts what it was given."""

    submitted = 0

    def submit(self, *args: Any, **named: Any) -> Any:
        self.submitted += 1
        return super().submit(*args, **named)


@pytest.fixture
def executor() -> Iterator[Counting]:
    with Counting(2, thread_name_prefix="aside") as executor:
        yield executor


def things(fails: bool = False) -> Things:
    memory = Memory()
    memory.begin(1, things, MOMENT)
    return Things(cast(Clients, None), memory, MOMENT, fails=fails)


def test_what_was_never_read_is_read_in_a_thread(executor: Counting) -> None:
    read = things()
    assert aside(executor, read, Things.thing, "vpc").result() == "the vpc"
    assert [name.startswith("aside") for name in read.threads] == [True]


def test_what_is_remembered_takes_no_thread(executor: Counting) -> None:
    read = things()
    read.thing("vpc")
    assert aside(executor, read, Things.thing, "vpc").result() == "the vpc"
    assert (len(read.threads), executor.submitted) == (1, 0)


def test_a_reading_that_fails_says_so_to_who_asks_for_it(executor: Counting) -> None:
    told = aside(executor, things(fails=True), Things.thing, "vpc")
    with pytest.raises(ConnectionError, match="away"):
        told.result()
