"""Workers: rounds in threads, each key on its own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from tests.fakes.clock import Clock
from tests.fakes.rounds import NOTHING, BlockingRound, RecordingRound
from tests.waiting import settled, until

from sigopt_operator.runtime.deletions import Deletions
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.rounds import Next, Round
from sigopt_operator.runtime.workers import LONGEST_ROUND, Workers, for_what_is_due

A, B = Key("ml", "a"), Key("ml", "b")
SOON = timedelta(seconds=5)


class Running:
    """Workers at work, with everything around them."""

    def __init__(self, look: Round, count: int) -> None:
        self.clock = Clock()
        self.queue = WorkQueue(self.clock.later, chance=lambda: 0.5)
        self.deletions = Deletions()
        self.workers = Workers(
            self.queue, look, self.deletions, count=count, clock=lambda: self.clock.now
        )


@asynccontextmanager
async def running(look: Round, count: int = 2) -> AsyncIterator[Running]:
    run = Running(look, count)
    run.workers.start()
    try:
        yield run
    finally:
        if isinstance(look, BlockingRound):
            look.gate.set()
        await run.workers.finish(SOON)


async def test_a_key_gets_a_round_and_another_when_the_round_wants_to_look_again() -> None:
    look = RecordingRound(lambda _: Next(after=timedelta(seconds=30)))
    async with running(look) as run:
        run.queue.add(A)
        await until(lambda: run.clock.timers, "the next look is planned")
        assert look.looks == [A]
        run.clock.pass_on(30)
        await until(lambda: look.looks == [A, A], "the next look")


async def test_a_slow_key_holds_up_no_other() -> None:
    look = BlockingRound(slow=frozenset({A}))
    async with running(look) as run:
        run.queue.add(A)
        await until(lambda: look.started == [A], "the slow round began")
        for times in range(1, 4):
            run.queue.add(B)
            await until(partial(_ended, look, B, times), "another key's round")
        assert A not in look.ended


def _ended(look: BlockingRound, key: Key, times: int) -> bool:
    return look.ended.count(key) == times


async def test_no_key_gets_two_rounds_at_a_time() -> None:
    look = BlockingRound(slow=frozenset({A}))
    async with running(look) as run:
        run.queue.add(A)
        await until(lambda: look.started == [A], "the round began")
        run.queue.add(A)
        await settled()
        assert look.started == [A]
        look.gate.set()
        await until(lambda: look.ended == [A, A], "the change got its own round")


async def test_a_bug_is_logged_with_its_traceback_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def buggy(_: Key) -> Next:
        raise KeyError("vpcId")

    look = RecordingRound(buggy)
    async with running(look) as run:
        run.queue.add(A)
        await until(lambda: run.clock.timers, "the next try is planned")
        run.clock.pass_on(1)
        await until(lambda: look.looks == [A, A], "the next try")
    record = next(r for r in caplog.records if r.levelno == logging.ERROR)
    assert record.exc_info
    assert record.__dict__["resource"] == A


async def test_a_management_cluster_that_is_away_is_one_line_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(_: Key) -> Next:
        raise ManagementApiError("reading ml/a: connection refused")

    async with running(RecordingRound(away)) as run:
        run.queue.add(A)
        await until(lambda: run.clock.timers, "the next try is planned")
    (record,) = (r for r in caplog.records if "connection refused" in r.getMessage())
    assert record.levelno == logging.WARNING
    assert not record.exc_info


async def test_a_round_that_says_it_failed_is_tried_again_with_growing_delays() -> None:
    look = RecordingRound(lambda _: Next(after=None, failed=True))
    async with running(look) as run:
        run.queue.add(A)
        for times, delay in enumerate((1, 2, 4), 1):
            await until(lambda: run.clock.timers, "the next try is planned")
            assert len(look.looks) == times
            assert run.clock.timers[0].at == run.clock.now + delay
            run.clock.pass_on(delay)


async def test_a_deletion_is_released_by_the_round_that_finds_nothing_left() -> None:
    left = [3]

    def tear_down(_: Key) -> Next:
        left[0] -= 1
        return Next(after=timedelta(seconds=1), released=left[0] == 0)

    async with running(RecordingRound(tear_down)) as run:
        with run.deletions.begun(A, "uid") as deletion:
            run.queue.add(A)
            for _ in range(2):
                await until(lambda: run.clock.timers, "the next look is planned")
                assert not deletion.released.is_set()
                run.clock.pass_on(1)
            await asyncio.wait_for(deletion.released.wait(), 30)


async def test_a_deletion_that_began_during_a_round_is_not_released_by_it() -> None:
    """The round saw the predecessor of the same name, which is gone."""

    class Stale(BlockingRound):
        def __call__(self, key: Key) -> Next:
            super().__call__(key)
            return Next(after=None, released=True)

    look = Stale(slow=frozenset({A}))
    async with running(look) as run:
        run.queue.add(A)
        await until(lambda: look.started == [A], "the round began")
        with run.deletions.begun(A, "successor") as deletion:
            look.gate.set()
            await until(lambda: not run.queue.busy, "the round ended")
            assert not deletion.released.is_set()


def test_a_successor_of_the_same_name_releases_the_deletions_before_it() -> None:
    deletions = Deletions()
    with deletions.begun(A, "first") as first, deletions.begun(A, "second") as second:
        deletions.supersede(A, "second")
        assert first.released.is_set()
        assert not second.released.is_set()
    assert deletions.waiting(A) == ()


async def test_at_the_end_what_is_in_flight_may_finish_and_nothing_new_begins() -> None:
    look = BlockingRound(slow=frozenset({A}))
    async with running(look, count=1) as run:
        run.queue.add(A)
        run.queue.add(B)
        await until(lambda: look.started == [A], "the round began")
        ending = asyncio.create_task(run.workers.finish(timedelta(seconds=60)))
        await settled()
        look.gate.set()
        assert await ending == frozenset()
        assert look.started == look.ended == [A]


async def test_at_the_end_a_round_that_does_not_finish_is_named() -> None:
    look = BlockingRound(slow=frozenset({A}))
    async with running(look) as run:
        run.queue.add(A)
        await until(lambda: look.started == [A], "the round began")
        assert await run.workers.finish(timedelta()) == {A}


async def test_a_round_that_hangs_is_an_ailment() -> None:
    look = BlockingRound(slow=frozenset({A}))
    async with running(look) as run:
        run.queue.add(A)
        await until(lambda: look.started == [A], "the round began")
        assert run.workers.ailment() is None
        run.clock.pass_on(LONGEST_ROUND.total_seconds() + 1)
        assert run.workers.ailment() == "the round of ml/a hangs"
        look.gate.set()
        await until(lambda: run.workers.ailment() is None, "well again")


async def test_workers_that_ended_are_an_ailment() -> None:
    async with running(RecordingRound(lambda _: NOTHING)) as run:
        assert run.workers.ailment() is None
        await run.workers.finish(SOON)
        assert run.workers.ailment() == "2 of 2 workers ended"


@pytest.mark.parametrize(("workers", "due"), [(1, 1), (2, 1), (4, 3), (8, 6), (256, 192)])
def test_a_quarter_of_the_workers_is_kept_for_edits(workers: int, due: int) -> None:
    assert for_what_is_due(workers) == due
