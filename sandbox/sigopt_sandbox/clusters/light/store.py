"""The objects of one light endpoint, in memory, with versions and watchers."""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sigopt_sandbox.clusters.light.patching import Object, applied

_UNVERSIONED = frozenset({"metadata", "status"})
"""A change of these alone is not a new generation."""
HISTORY = 2000
"""How many changes are remembered for watches that resume."""


class StatusError(Exception):
    """What an API server answers as a failed Status."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        """`reason` is one of Kubernetes' StatusReasons."""
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class Collection:
    """Which collection: a resource of an API group, in a namespace or (namespace "") everywhere."""

    group: str
    plural: str
    namespace: str = ""

    @property
    def qualified(self) -> str:
        """As messages name it: "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


@dataclass(frozen=True)
class Change:
    """One change, as a watch reports it."""

    type: str
    collection: Collection
    object: Object

    @property
    def version(self) -> int:
        """The resource version that the change made."""
        return int(self.object["metadata"]["resourceVersion"])


@dataclass
class _Stored:
    object: Object
    applied: dict[str, Object] = field(default_factory=dict)
    """What each field manager applied last."""


class Store:
    """Everything that one light endpoint holds."""

    def __init__(self) -> None:
        """An empty store at resource version 1."""
        self._version = 1
        self._objects: dict[tuple[Collection, str], _Stored] = {}
        self._watchers: set[asyncio.Queue[Change]] = set()
        self._history: deque[Change] = deque(maxlen=HISTORY)

    @property
    def version(self) -> str:
        """The resource version of the last change."""
        return str(self._version)

    def get(self, collection: Collection, name: str) -> Object:
        """One object. Raises StatusError 404."""
        return copy.deepcopy(self._stored(collection, name).object)

    def find(self, collection: Collection, name: str) -> Object | None:
        """One object, or None."""
        stored = self._objects.get((collection, name))
        return None if stored is None else copy.deepcopy(stored.object)

    def list(self, collection: Collection) -> list[Object]:
        """The objects of a collection, of all namespaces when it names none."""
        return [
            copy.deepcopy(stored.object)
            for (where, _), stored in sorted(self._objects.items(), key=_order)
            if within(where, collection)
        ]

    def create(self, collection: Collection, body: Object) -> Object:
        """Add an object. Raises StatusError 409 when its name is taken."""
        metadata = body.setdefault("metadata", {})
        name = metadata.get("name") or f"{metadata.get('generateName', '')}{uuid.uuid4().hex[:5]}"
        if (collection, name) in self._objects:
            message = f'{collection.qualified} "{name}" already exists'
            raise StatusError(409, "AlreadyExists", message)
        stamped = body | {
            "metadata": metadata
            | {
                "name": name,
                "uid": str(uuid.uuid4()),
                "creationTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "generation": 1,
            }
            | ({"namespace": collection.namespace} if collection.namespace else {})
        }
        self._objects[collection, name] = _Stored(stamped)
        return self._changed("ADDED", collection, name)

    def replace(self, collection: Collection, name: str, body: Object) -> Object:
        """Put a new state of an object, keeping what a server keeps.

        Raises StatusError 404, or 409 when `body` names another resource version than today's.
        """
        stored = self._stored(collection, name)
        old = stored.object["metadata"]
        asked = body.get("metadata", {}).get("resourceVersion")
        if asked and asked != old["resourceVersion"]:
            message = (
                f'Operation cannot be fulfilled on {collection.qualified} "{name}": the object has '
                "been modified; please apply your changes to the latest version and try again"
            )
            raise StatusError(409, "Conflict", message)
        kept = {key: old[key] for key in _SERVERS_METADATA if key in old}
        managed = {key: old[key] for key in ("managedFields",) if key in old}
        new = body | {"metadata": managed | body.get("metadata", {}) | kept}
        if _spec(new) != _spec(stored.object):
            new["metadata"]["generation"] = old["generation"] + 1
        if new == stored.object:
            return copy.deepcopy(new)
        stored.object = new
        return self._changed("MODIFIED", collection, name)

    def apply(self, collection: Collection, name: str, body: Object, manager: str) -> Object:
        """Server-side apply: create the object, or merge what `manager` wants now into it."""
        existing = self._objects.get((collection, name))
        if existing is None:
            managed = _managed(copy.deepcopy(body), (manager,))
            created = self.create(collection, managed)
            self._objects[collection, name].applied[manager] = body
            return created
        before = existing.applied.get(manager, {})
        existing.applied[manager] = body
        new = applied(existing.object, before, body)
        return self.replace(collection, name, _managed(new, existing.applied))

    def delete(self, collection: Collection, name: str) -> Object:
        """Remove an object. Raises StatusError 404."""
        stored = self._stored(collection, name)
        del self._objects[collection, name]
        self._version += 1
        stored.object["metadata"]["resourceVersion"] = self.version
        self._tell("DELETED", collection, stored.object)
        return stored.object

    def empty(self, namespace: str) -> None:
        """Remove everything in a namespace."""
        for collection, name in [key for key in self._objects if key[0].namespace == namespace]:
            self.delete(collection, name)

    def touch(self, collection: Collection) -> None:
        """Report every object of a collection as changed: what is computed about it may have."""
        for where, name in list(self._objects):
            if within(where, collection):
                self._changed("MODIFIED", where, name)

    @contextmanager
    def watching(self, after: int) -> Iterator[asyncio.Queue[Change]]:
        """Every change of any collection after a resource version.

        Raises StatusError 410 when changes so old are no longer remembered.
        """
        missed = [change for change in self._history if change.version > after]
        if len(missed) == HISTORY:
            raise StatusError(410, "Expired", f"too old resource version: {after}")
        queue: asyncio.Queue[Change] = asyncio.Queue()
        for change in missed:
            queue.put_nowait(change)
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)

    def _stored(self, collection: Collection, name: str) -> _Stored:
        stored = self._objects.get((collection, name))
        if stored is None:
            raise StatusError(404, "NotFound", f'{collection.qualified} "{name}" not found')
        return stored

    def _changed(self, kind: str, collection: Collection, name: str) -> Object:
        self._version += 1
        stored = self._objects[collection, name]
        stored.object["metadata"]["resourceVersion"] = self.version
        self._tell(kind, collection, stored.object)
        return copy.deepcopy(stored.object)

    def _tell(self, kind: str, collection: Collection, one: Object) -> None:
        change = Change(kind, collection, copy.deepcopy(one))
        self._history.append(change)
        for queue in self._watchers:
            queue.put_nowait(change)


_SERVERS_METADATA = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "generation",
    "resourceVersion",
)


def _managed(one: Object, managers: Iterable[str]) -> Object:
    """The object with the names of those who applied it; which fields of it, nobody is told."""
    entries = [{"manager": name, "operation": "Apply"} for name in sorted(managers)]
    return one | {"metadata": one.get("metadata", {}) | {"managedFields": entries}}


def within(where: Collection, asked: Collection) -> bool:
    """Whether the collection of an object belongs to the collection that is asked for."""
    same = (where.group, where.plural) == (asked.group, asked.plural)
    return same and asked.namespace in ("", where.namespace)


def _order(item: tuple[tuple[Collection, str], _Stored]) -> tuple[str, str]:
    (collection, name), _ = item
    return collection.namespace, name


def _spec(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in _UNVERSIONED}
