"""What kopf keeps of a resource between two looks: in memory, or not at all."""

from __future__ import annotations

import copy
from typing import Any

import kopf


class NoProgress(kopf.ProgressStorage):
    """Every handler ends in the call in which it begins, so there is nothing to keep between calls.

    kopf's own storage is annotations, which belong to whoever may write the resource: what is no
    JSON there would end each look at it with a traceback, and "success" of the deletion's handler
    would take the finalizer off with everything still standing in AWS.
    """

    def fetch(self, *, key: str, body: kopf.Body) -> None:
        """No handler was ever begun."""

    def store(self, *, key: str, record: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        """Keep nothing."""

    def purge(self, *, key: str, body: kopf.Body, patch: kopf.Patch) -> None:
        """Leave annotations alone, whoever wrote them."""

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        """Nothing waits for a change of the resource."""

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """As it is."""
        return essence


class LastSeen(kopf.DiffBaseStorage):
    """The spec of each resource as it was last seen, in this process's memory."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        super().__init__()
        self._specs: dict[str, kopf.BodyEssence] = {}

    def build(
        self,
        *,
        body: kopf.Body,
        extra_fields: Any = None,  # noqa: ARG002 - kopf's signature
    ) -> kopf.BodyEssence:
        """The spec alone: nothing else in a resource is a wish."""
        return kopf.BodyEssence(spec=copy.deepcopy(dict(body.spec)))

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        """What was seen of it last; None at first sight."""
        return self._specs.get(body.metadata["uid"])

    def store(
        self,
        *,
        body: kopf.Body,
        patch: kopf.Patch,  # noqa: ARG002 - kopf's signature
        essence: kopf.BodyEssence,
    ) -> None:
        """Remember it, and leave the patch alone."""
        self._specs[body.metadata["uid"]] = essence

    def forget(self, uid: str) -> None:
        """The resource is gone."""
        self._specs.pop(uid, None)
