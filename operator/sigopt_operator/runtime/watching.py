"""The watch, begun anew whenever it ends: an operator that is blind does not know it.

kopf's ends for good by what passes elsewhere too: a CRD that is removed, an answer 410 where kopf
expects an event 410, any other error in the middle of a watch. What was changed meanwhile is found
when it begins anew, since it begins with a list.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import SystemRandom
from time import monotonic
from typing import Final

import aiohttp

from sigopt_operator.runtime import backoff
from sigopt_operator.runtime.errors import ManagementApiError, told

log = logging.getLogger(__name__)

HELD: Final = 60.0
"""Seconds after which a watch that ends is no attempt that failed."""

LONGEST: Final = 30.0
"""Seconds that an operator is blind at most, once the API server is well; as client-go has it."""


class BlindError(Exception):
    """The watch missed something, and only a new one, which begins with a list, can see it."""


async def always(
    watch: Callable[[], Awaitable[None]],
    before: Callable[[], Awaitable[None]],
    stop: asyncio.Event,
    *,
    clock: Callable[[], float] = monotonic,
) -> None:
    """Watch until `stop` is set; `before` each further time, and after growing delays.

    What fails in `before` ends nothing either: it is asked again. `clock` counts seconds.
    """
    failures, chance = 0, SystemRandom().random
    step = watch
    while not stop.is_set():
        began = clock()
        error = await _end_of(step)
        if stop.is_set() and error is None:
            return
        if step is before and error is None:
            step = watch
            continue
        failures = 1 if clock() - began >= HELD else failures + 1
        after = min(LONGEST, backoff.delay(failures, chance()).total_seconds())
        _tell(error, after)
        await _stopped(stop, after)
        step = before


async def _end_of(step: Callable[[], Awaitable[None]]) -> Exception | None:
    """Watch, or wait, until that ends, and why it did; None: it ended as if it was told to."""
    try:
        await step()
    except Exception as error:  # noqa: BLE001 - whatever it was, it must not end the operator
        return error
    return None


def _tell(error: Exception | None, after: float) -> None:
    why = "nobody knows why" if error is None else told(error)
    unknown = error if error is not None and not _of_the_network(error) else None
    log.warning("the watch ended; it begins anew in %.0f s: %s", after, why, exc_info=unknown)


async def _stopped(stop: asyncio.Event, within: float) -> None:
    """Return once `stop` is set, or that many seconds passed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await stop.wait()


def _of_the_network(error: Exception) -> bool:
    """Whether an API server answered so, or did not answer: then there is no more to say."""
    refused = isinstance(getattr(error, "status", None), int)
    known = aiohttp.ClientError | OSError | ValueError | BlindError | ManagementApiError
    return refused or isinstance(error, known)
