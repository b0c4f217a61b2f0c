"""The work queue: client-go's semantics."""

import asyncio
from datetime import timedelta

import pytest
from tests.fakes.clock import Clock
from tests.waiting import settled

from sigopt_operator.runtime import backoff
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.queue import IN_A_ROW, QueueClosedError, WorkQueue

A, B = Key("ml", "a"), Key("ml", "b")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> WorkQueue:
    return WorkQueue(clock.later, chance=lambda: 0.5)


async def test_keys_come_out_in_the_order_they_were_added(queue: WorkQueue) -> None:
    queue.add(A)
    queue.add(B)
    assert [await queue.get(), await queue.get()] == [A, B]


async def test_a_key_added_many_times_comes_out_once(queue: WorkQueue) -> None:
    for _ in range(5):
        queue.add(A)
    assert await queue.get() == A
    assert queue.length == 0


async def test_a_key_added_while_a_worker_has_it_comes_back_when_the_worker_is_done(
    queue: WorkQueue,
) -> None:
    queue.add(A)
    await queue.get()
    queue.add(A)
    assert queue.length == 0, "nobody else may work on it meanwhile"
    queue.done(A, None)
    assert await queue.get() == A


async def test_a_key_that_is_done_stays_away_until_it_is_added_again(queue: WorkQueue) -> None:
    queue.add(A)
    queue.done(await queue.get(), None)
    assert queue.length == 0
    queue.add(A)
    assert queue.length == 1


async def test_a_key_comes_back_when_its_next_look_is_due(queue: WorkQueue, clock: Clock) -> None:
    queue.add(A)
    queue.done(await queue.get(), timedelta(seconds=30))
    clock.pass_on(29)
    assert queue.length == 0
    clock.pass_on(1)
    assert await queue.get() == A


async def test_an_edit_overtakes_the_next_look(queue: WorkQueue, clock: Clock) -> None:
    queue.add(A)
    queue.done(await queue.get(), timedelta(minutes=10))
    queue.add(A)
    queue.done(await queue.get(), None)
    clock.pass_on(3600)
    assert queue.length == 0, "the look that was overtaken does not happen too"


async def test_a_change_during_a_round_counts_for_more_than_what_the_round_answered(
    queue: WorkQueue, clock: Clock
) -> None:
    queue.add(A)
    await queue.get()
    queue.add(A)
    queue.done(A, timedelta(minutes=10))
    assert queue.length == 1
    assert clock.timers == []


async def test_a_later_delay_replaces_an_earlier_one(queue: WorkQueue, clock: Clock) -> None:
    queue.add_after(A, timedelta(seconds=1))
    queue.add_after(A, timedelta(seconds=60))
    clock.pass_on(59)
    assert queue.length == 0
    clock.pass_on(1)
    assert queue.length == 1


async def test_a_key_that_fails_waits_longer_each_time_and_starts_anew_after_a_success(
    queue: WorkQueue,
) -> None:
    async def fail() -> float:
        queue.add(A)
        return queue.failed(await queue.get()).total_seconds()

    assert [await fail() for _ in range(4)] == [1, 2, 4, 8]
    queue.add(A)
    queue.done(await queue.get(), None)
    assert await fail() == 1


async def test_the_failures_of_one_key_are_not_held_against_another(queue: WorkQueue) -> None:
    for _ in range(5):
        queue.add(A)
        queue.failed(await queue.get())
    queue.add(B)
    assert queue.failed(await queue.get()) == backoff.FIRST


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [
        pytest.param(1, 0.5, 1, id="first failure"),
        pytest.param(1, 0.0, 0.8, id="jitter shortens by a fifth at most"),
        pytest.param(1, 1.0, 1.2, id="jitter lengthens by a fifth at most"),
        pytest.param(9, 0.5, 256, id="doubles each time"),
        pytest.param(10, 0.5, 300, id="capped at five minutes"),
        pytest.param(100_000, 0.5, 300, id="for ever"),
        pytest.param(100_000, 0.0, 240, id="the jitter spreads keys at the cap too"),
    ],
)
def test_the_backoff(failures: int, chance: float, seconds: float) -> None:
    assert backoff.delay(failures, chance).total_seconds() == pytest.approx(seconds)


async def test_a_worker_that_waits_gets_a_key_as_soon_as_there_is_one(queue: WorkQueue) -> None:
    getters = [asyncio.create_task(queue.get()) for _ in range(2)]
    await settled()
    queue.add(A)
    queue.add(B)
    assert {await getter for getter in getters} == {A, B}


async def test_a_worker_that_is_cancelled_as_a_key_comes_leaves_it_to_another(
    queue: WorkQueue,
) -> None:
    first, second = (asyncio.create_task(queue.get()) for _ in range(2))
    await settled()
    queue.add(A)
    first.cancel()
    assert await second == A


async def test_a_closed_queue_hands_out_nothing(queue: WorkQueue, clock: Clock) -> None:
    waiting = asyncio.create_task(queue.get())
    await settled()
    queue.add_after(A, timedelta(seconds=1))
    queue.close()
    with pytest.raises(QueueClosedError):
        await waiting
    queue.add(B)
    clock.pass_on(5)
    with pytest.raises(QueueClosedError):
        await queue.get()


async def test_what_is_in_work_may_still_be_answered_after_the_queue_closed(
    queue: WorkQueue, clock: Clock
) -> None:
    queue.add(A)
    queue.add(B)
    await queue.get()
    await queue.get()
    queue.close()
    queue.done(A, timedelta(seconds=1))
    queue.failed(B)
    assert queue.busy == frozenset()
    assert clock.timers == []


def keys(count: int, name: str) -> list[Key]:
    return [Key("ml", f"{name}-{number}") for number in range(count)]


async def taken(queue: WorkQueue) -> list[Key]:
    return [await queue.get() for _ in range(queue.length)]


async def test_what_was_just_edited_goes_before_what_is_only_due(queue: WorkQueue) -> None:
    due = keys(3, "due")
    for key in due:
        queue.add(key)
    queue.add(A, urgent=True)
    assert await taken(queue) == [A, *due]


async def test_what_is_edited_while_it_waits_moves_to_the_front(queue: WorkQueue) -> None:
    for key in (B, A):
        queue.add(key)
    queue.add(A, urgent=True)
    assert await taken(queue) == [A, B]


async def test_what_is_edited_while_a_worker_has_it_goes_first_once_it_is_back(
    queue: WorkQueue,
) -> None:
    queue.add(A)
    await queue.get()
    queue.add(A, urgent=True)
    queue.add(B)
    queue.done(A, None)
    assert await taken(queue) == [A, B]


async def test_a_round_that_an_edit_had_is_no_longer_urgent(queue: WorkQueue) -> None:
    queue.add(A, urgent=True)
    queue.done(await queue.get(), None)
    queue.add(B)
    queue.add(A)
    assert await taken(queue) == [B, A]


async def test_many_edits_do_not_keep_what_is_due_waiting(queue: WorkQueue) -> None:
    queue.add(A)
    edited = keys(IN_A_ROW + 2, "edited")
    for key in edited:
        queue.add(key, urgent=True)
    assert await taken(queue) == [*edited[:IN_A_ROW], A, *edited[IN_A_ROW:]]


@pytest.fixture
def kept_free(clock: Clock) -> WorkQueue:
    """Two at most that are only due are handed out at a time."""
    return WorkQueue(clock.later, chance=lambda: 0.5, most_due=2)


async def test_what_is_only_due_never_takes_the_last_workers(kept_free: WorkQueue) -> None:
    due = keys(3, "due")
    for key in due:
        kept_free.add(key)
    assert [await kept_free.get(), await kept_free.get()] == due[:2]
    third = asyncio.create_task(kept_free.get())
    await settled()
    assert not third.done()
    kept_free.add(A, urgent=True)
    assert await third == A, "that worker was kept for an edit"
    assert kept_free.length == 1


@pytest.mark.parametrize("how", ["done", "failed"])
async def test_what_is_due_goes_on_as_soon_as_one_of_its_kind_is_done(
    kept_free: WorkQueue, how: str
) -> None:
    first, _, third = due = keys(3, "due")
    for key in due:
        kept_free.add(key)
    await kept_free.get()
    await kept_free.get()
    waiting = asyncio.create_task(kept_free.get())
    await settled()
    kept_free.done(first, None) if how == "done" else kept_free.failed(first)
    assert await waiting == third


async def test_an_edit_of_what_waits_for_its_turn_wakes_a_worker_that_is_kept_for_edits(
    kept_free: WorkQueue,
) -> None:
    *_, waits = due = keys(3, "due")
    for key in due:
        kept_free.add(key)
    await kept_free.get()
    await kept_free.get()
    worker = asyncio.create_task(kept_free.get())
    await settled()
    assert not worker.done(), "what is left is only due"
    kept_free.add(waits, urgent=True)
    await settled()
    assert worker.done()
    assert await worker == waits


async def test_edits_do_not_count_as_due_when_they_are_done(kept_free: WorkQueue) -> None:
    edited, due = keys(2, "edited"), keys(3, "due")
    for key in edited:
        kept_free.add(key, urgent=True)
    assert await taken(kept_free) == edited
    for key in due:
        kept_free.add(key)
    assert [await kept_free.get(), await kept_free.get()] == due[:2]
    kept_free.done(edited[0], None)
    third = asyncio.create_task(kept_free.get())
    await settled()
    assert not third.done()
    kept_free.done(due[0], None)
    assert await third == due[2]


async def test_what_is_due_has_its_turn_among_many_edits_though_some_are_at_work(
    kept_free: WorkQueue,
) -> None:
    first, second = keys(2, "due")
    kept_free.add(first)
    assert await kept_free.get() == first
    kept_free.add(second)
    edited = keys(IN_A_ROW + 1, "edited")
    for key in edited:
        kept_free.add(key, urgent=True)
    assert await taken(kept_free) == [*edited[:IN_A_ROW], second, *edited[IN_A_ROW:]]
