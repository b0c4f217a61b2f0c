"""The management cluster, with everything counted that goes there."""

from collections.abc import Mapping, Sequence
from typing import Any

from sigopt_operator.plan.kubeconfig.secret import SecretStore
from sigopt_operator.runtime.events import EventType
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import ManagementApi
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.objects import Object


class CountedApi:
    """`ManagementApi` by another one."""

    def __init__(self, api: ManagementApi, metrics: Metrics) -> None:
        """`api` does the work."""
        self._api = api
        self._metrics = metrics

    @property
    def secret_store(self) -> SecretStore:
        """See `ManagementApi.secret_store`."""
        return self._api.secret_store

    def read(self, key: Key) -> Object | None:
        """See `ManagementApi.read`."""
        found = self._api.read(key)
        if found is None:
            self._metrics.gone(key)
        else:
            self._metrics.population.seen(key, found)
        return found

    def write_status(self, key: Key, resource_version: str, status: Mapping[str, Any]) -> bool:
        """See `ManagementApi.write_status`."""
        try:
            written = self._api.write_status(key, resource_version, status)
        except Exception:
            self._metrics.status("failed")
            raise
        self._metrics.status("written" if written else "outdated")
        if written:
            self._metrics.population.said(key, status)
        return written

    def write_finalizers(self, key: Key, resource_version: str, finalizers: Sequence[str]) -> bool:
        """See `ManagementApi.write_finalizers`."""
        return self._api.write_finalizers(key, resource_version, finalizers)

    def event(self, key: Key, uid: str, event_type: EventType, reason: str, message: str) -> None:
        """See `ManagementApi.event`."""
        self._metrics.event(event_type, reason)
        self._api.event(key, uid, event_type, reason, message)

    def read_secret(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """See `ManagementApi.read_secret`."""
        return self._api.read_secret(namespace, name)
