"""The contract between the queue's workers and the reconciler."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sigopt_operator.runtime.keys import Key


@dataclass(frozen=True)
class Next:
    """What a round answers.

    `after`: look again when this much real time has passed; None: only when something changes.
    `released`: nothing of a deleted resource is left (or the resource itself is gone), so the
    finalizer may go.
    `failed`: what the round depends on does not answer; look again with growing delays.
    """

    after: timedelta | None
    released: bool = False
    failed: bool = False


class Round(Protocol):
    """One look at one resource, and what follows from it.

    Runs in a worker's thread and may block. Raises `ManagementApiError` when the management
    cluster does not answer (one log line), anything else only on bugs (a traceback); both are
    tried again with backoff.
    """

    def __call__(self, key: Key) -> Next:
        """Look at the resource of that key once."""
        ...


class Rounds(Round, Protocol):
    """Rounds, and what outlasts them."""

    def tidy(self) -> None:
        """Let go of what no round has needed for a while; from any thread, beside rounds."""
        ...
