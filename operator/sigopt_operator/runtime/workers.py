"""The workers: each takes a key, runs one round in a thread, and says when to look again."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic
from typing import Any, Final

from sigopt_operator.runtime.deletions import Deletion, Deletions
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.metrics import Ended
from sigopt_operator.runtime.queue import QueueClosedError, WorkQueue
from sigopt_operator.runtime.rounds import Next, Round

log = logging.getLogger(__name__)

LONGEST_ROUND: Final = timedelta(minutes=15)
"""Every call of a round has a timeout, so one that takes longer hangs for good: only a restart of
the process gets its thread back."""
AFTERWARDS: Final = timedelta(seconds=15)
"""How long after a resource was let go it is looked for once more."""


def for_what_is_due(workers: int) -> int:
    """How many of them may have what nobody has just edited: all but a quarter, and one at least.

    So where there are two or more, an edit waits for other edits alone, and not for clusters that
    are being made or a server that hangs.
    """
    return max(1, workers - max(1, workers // 4))


class Workers:
    """A fixed number of workers; a slow key takes one of them and never holds up another key."""

    def __init__(
        self,
        queue: WorkQueue,
        look: Round,
        deletions: Deletions,
        *,
        count: int,
        ended: Callable[[Ended, float], None] = lambda _how, _seconds: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`count` rounds at most run at a time; `clock` counts seconds; `ended` is told of each
        round how it ended, and how many it took."""
        self._queue = queue
        self._look = look
        self._deletions = deletions
        self._count = count
        self._ended = ended
        self._clock = clock
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="round")
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._since: dict[Key, float] = {}

    def start(self) -> None:
        """Begin to work; call once, inside the event loop."""
        self._tasks = tuple(
            asyncio.create_task(self._work(), name=f"worker {n}") for n in range(self._count)
        )

    def ailment(self) -> str | None:
        """What is wrong with the workers, in words, or None while they are well."""
        ended = [task for task in self._tasks if task.done()]
        if ended:
            return f"{len(ended)} of {self._count} workers ended"
        limit = self._clock() - LONGEST_ROUND.total_seconds()
        hanging = sorted(str(key) for key, since in self._since.items() if since < limit)
        return f"the round of {', '.join(hanging)} hangs" if hanging else None

    async def finish(
        self, within: timedelta, unless: "asyncio.Future[Any] | None" = None
    ) -> frozenset[Key]:
        """Close the queue and let what is in flight end; the keys that did not make it in time.

        Once `unless` is done nothing is waited for any more. Their threads still run: only the end
        of the process ends them.
        """
        self._queue.close()
        loop = asyncio.get_running_loop()
        end = loop.time() + within.total_seconds()
        pending: set[asyncio.Future[Any]] = set(self._tasks)
        also = {unless} if unless else set[asyncio.Future[Any]]()
        while pending and not (unless and unless.done()) and (left := end - loop.time()) > 0:
            _, still = await asyncio.wait(
                pending | also, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            pending = still - also
        for task in self._tasks:
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
        return self._queue.busy

    async def _work(self) -> None:
        while True:
            try:
                key = await self._queue.get()
            except QueueClosedError:
                return
            await self._one(key)

    async def _one(self, key: Key) -> None:
        waiting = self._deletions.waiting(key)
        self._since[key] = self._clock()
        how: Ended = "bug"
        try:
            answer = await self._run(key)
        except ManagementApiError as error:
            how = "management_api"
            again = self._queue.failed(key)
            log.warning("%s; again in %.0f s", error, again.total_seconds(), extra=about(key))
        except Exception:
            again = self._queue.failed(key)
            log.exception("a bug; again in %.0f s", again.total_seconds(), extra=about(key))
        else:
            how = self._take(key, answer, waiting)
        finally:
            self._ended(how, self._clock() - self._since.pop(key))

    def _take(self, key: Key, answer: Next, waiting: tuple[Deletion, ...]) -> Ended:
        if answer.failed:
            self._queue.failed(key)
            return "failed"
        if not answer.released:
            self._queue.done(key, answer.after)
            return "done"
        # Then nothing of it is remembered either; or it is still there, and that is looked into.
        self._queue.done(key, AFTERWARDS if waiting else answer.after)
        for deletion in waiting:
            deletion.released.set()
        return "released"

    async def _run(self, key: Key) -> Next:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._look, key)
