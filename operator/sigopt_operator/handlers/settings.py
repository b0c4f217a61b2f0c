"""How kopf is set up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final

import kopf

from sigopt_operator.api import resource
from sigopt_operator.handlers.storage import LastSeen, NoProgress


class Endless:
    """Backoffs, in seconds, of which there is always another."""

    def __init__(self, growing: tuple[float, ...], then: float) -> None:
        """`growing` at first, and from then on `then`."""
        self._growing = growing
        self._then = then

    def __iter__(self) -> Iterator[float]:
        """From the beginning, for each request."""
        return chain(self._growing, repeat(self._then))


BACKOFFS: Final = Endless((1, 1, 2, 3, 5, 8, 13, 21), then=30)
"""Between attempts at a request that is forbidden, or that the API server cannot answer. kopf would
give up after a minute, and come back to the object only when somebody edits it: one without a
finalizer, or one that could go, would be left so."""


def kopf_settings(seen: LastSeen) -> kopf.OperatorSettings:
    """The settings that least privilege, silence and a quick end need."""
    settings = kopf.OperatorSettings()
    settings.scanning.disabled = True  # or it wants to list CRDs and namespaces
    settings.posting.enabled = False  # events are the rounds' to post
    settings.persistence.finalizer = resource.FINALIZER
    settings.persistence.diffbase_storage = seen
    settings.persistence.progress_storage = NoProgress()
    settings.networking.error_backoffs = BACKOFFS
    # Or it kills this process (SIGKILL) ten minutes after a watch that ended by an error, although
    # that began anew long since. How long an end may take, the process itself sees to.
    settings.process.ultimate_exiting_timeout = None
    settings.queueing.exit_timeout = 0.5  # deletions that wait go on waiting at the next start
    return settings
