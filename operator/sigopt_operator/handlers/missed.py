"""An event that kopf waits for and that never comes."""

from __future__ import annotations

import asyncio

import kopf

from sigopt_operator.runtime.keys import Key


class Missed:
    """What kopf has missed, which ends it; `end` is set then, or when the operator is to stop."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.end = asyncio.Event()
        self.what: Key | None = None

    async def until(self, stop: asyncio.Event) -> None:
        """End with the operator."""
        await stop.wait()
        self.end.set()

    def look(self, key: Key, body: kopf.Body, patch: kopf.Patch) -> None:
        """End kopf when it just missed an event of this resource.

        What kopf could not write it holds back for the next event, at which it does nothing else,
        since another event will follow from the writing. But where the API server wrote it and only
        the answer was lost, there is nothing to write any more: no event follows, and kopf (1.45)
        knows nothing of the resource until somebody edits it.
        """
        if patch and not patch.as_json_patch(body):
            self.what = key
            self.end.set()
