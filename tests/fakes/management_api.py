"""A management cluster in memory, with the API server's rules about resourceVersions."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.secret_store import FakeSecretStore

from sigopt_operator.api import resource
from sigopt_operator.runtime.errors import ManagementApiError, RefusedError
from sigopt_operator.runtime.events import EventType
from sigopt_operator.runtime.keys import Key


@dataclass(frozen=True)
class Event:
    key: Key
    uid: str
    event_type: EventType
    reason: str
    message: str


class Killed(BaseException):
    """The operator's process ends here."""


@dataclass
class FakeManagementApi:
    """`ManagementApi` for tests: what a person would do with kubectl are its other methods."""

    objects: dict[Key, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    """Secrets that people made."""
    secret_store: FakeSecretStore = field(default_factory=FakeSecretStore)
    """Those that the operator writes."""
    events: list[Event] = field(default_factory=list)
    dies_after: int | None = None
    """After so many more writes the operator is killed, before the next."""
    frozen: str = ""
    """What an admission policy says that refuses all change of finalizers; empty: none does."""
    away: bool = False
    """Every call fails, as when the API server is away."""
    writes: int = 0
    _made: int = 0

    def read(self, key: Key) -> dict[str, Any] | None:
        self._answer()
        return copy.deepcopy(self.objects.get(key))

    def write_status(self, key: Key, resource_version: str, status: Mapping[str, Any]) -> bool:
        self._answer()
        self.write()
        found = self.objects.get(key)
        if found is None or found["metadata"]["resourceVersion"] != resource_version:
            return False
        found["status"] = copy.deepcopy(dict(status))
        self.writes += 1
        self._touch(found)
        return True

    def write_finalizers(self, key: Key, resource_version: str, finalizers: Sequence[str]) -> bool:
        self._answer()
        if self.frozen:
            raise RefusedError(f"writing the finalizers of {key}: {self.frozen}")
        found = self.objects.get(key)
        if found is None or found["metadata"]["resourceVersion"] != resource_version:
            return False
        found["metadata"]["finalizers"] = list(finalizers)
        self._touch(found)
        if "deletionTimestamp" in found["metadata"] and not finalizers:
            self.release(key)
        return True

    def event(self, key: Key, uid: str, event_type: EventType, reason: str, message: str) -> None:
        self.events.append(Event(key, uid, event_type, reason, message))

    def read_secret(self, namespace: str, name: str) -> dict[str, bytes] | None:
        self._answer()
        found = self.secrets.get((namespace, name))
        return None if found is None else dict(found)

    def apply(self, key: Key, spec: Mapping[str, Any], *, finalizer: bool = True) -> dict[str, Any]:
        """Create or edit, as `kubectl apply`; `finalizer`: whether kopf has added it already."""
        found = self.objects.get(key)
        if found is None:
            self._made += 1
            found = self.objects[key] = {
                "apiVersion": f"{resource.GROUP}/{resource.VERSION}",
                "kind": resource.KIND,
                "metadata": {
                    "namespace": key.namespace,
                    "name": key.name,
                    "uid": f"uid-{self._made}",
                    "generation": 0,
                    "resourceVersion": "0",
                    "finalizers": [resource.FINALIZER] if finalizer else [],
                },
            }
        if found.get("spec") != spec:
            found["spec"] = copy.deepcopy(dict(spec))
            found["metadata"]["generation"] += 1
        self._touch(found)
        return copy.deepcopy(found)

    def delete(self, key: Key) -> None:
        """As `kubectl delete --wait=false`: gone at once only without a finalizer."""
        found = self.objects[key]
        if not found["metadata"]["finalizers"]:
            del self.objects[key]
            return
        found["metadata"].setdefault("deletionTimestamp", "2026-01-01T00:00:00Z")
        found["metadata"]["generation"] += 1
        self._touch(found)

    def release(self, key: Key) -> None:
        """What kopf does when a round answers `released`, and then the garbage collector."""
        gone = self.objects.pop(key)
        self.secret_store.collect(gone["metadata"]["uid"])

    def write(self) -> None:
        """Called before each write: of a status here, or of a Secret."""
        if self.dies_after is not None:
            if self.dies_after == 0:
                raise Killed
            self.dies_after -= 1

    def _answer(self) -> None:
        if self.away:
            raise ManagementApiError("reading: 503 Service Unavailable")

    def _touch(self, found: dict[str, Any]) -> None:
        version = int(found["metadata"]["resourceVersion"])
        found["metadata"]["resourceVersion"] = str(version + 1)
