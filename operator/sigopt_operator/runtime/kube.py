"""The edge to the management cluster: the only calls that a round makes there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, Protocol

import urllib3.exceptions
from kubernetes import client

from sigopt_operator.api import resource
from sigopt_operator.cluster.lenient import leniently
from sigopt_operator.plan.kubeconfig.secret import SecretStore
from sigopt_operator.runtime.connection import Configuration
from sigopt_operator.runtime.errors import (
    ManagementApiError,
    RefusedError,
    explained,
    is_of_nothing,
    is_refusal,
)
from sigopt_operator.runtime.events import EventType, Recorder
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.objects import Object, read_object, read_resource, values
from sigopt_operator.runtime.secrets import Secrets

TIMEOUT: Final = (5.0, 15.0)
"""Seconds to connect, and to answer."""


class ManagementApi(Protocol):
    """What a round may ask of the management cluster. Safe to use from many threads.

    Every method but `event` raises ManagementApiError when the API server is away or refuses.
    """

    def read(self, key: Key) -> Object | None:
        """The SigOptCluster of that key as it is now; None if there is none."""
        ...

    def write_status(self, key: Key, resource_version: str, status: Mapping[str, Any]) -> bool:
        """Replace the whole status, if the resource is still as it was read.

        False: it changed or is gone since `resource_version`; look again.
        """
        ...

    def write_finalizers(self, key: Key, resource_version: str, finalizers: Sequence[str]) -> bool:
        """Replace the finalizers, if the resource is still as it was read.

        False: as for `write_status`. Raises RefusedError where an admission policy or a webhook,
        or a missing right, is in the way.
        """
        ...

    def event(self, key: Key, uid: str, event_type: EventType, reason: str, message: str) -> None:
        """Tell people, in `kubectl describe` and `kubectl events`; never raises.

        The same again within an hour only counts; the message is cut to 1 kB.
        """
        ...

    def read_secret(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """The values of that Secret; None if there is none."""
        ...

    @property
    def secret_store(self) -> SecretStore:
        """The Secrets that the operator writes."""
        ...


class KubernetesManagementApi:
    """`ManagementApi` by the official client."""

    def __init__(self, configuration: Configuration, *, reporter: str) -> None:
        """`reporter` is which operator reports events (its id)."""
        api = leniently(client.ApiClient(configuration))
        self._objects = client.CustomObjectsApi(api)
        self._core = client.CoreV1Api(api)
        self._recorder = Recorder(self._core, reporter, timeout=TIMEOUT)
        self._secrets = Secrets(api, TIMEOUT)

    @property
    def secret_store(self) -> SecretStore:
        """See `ManagementApi.secret_store`."""
        return self._secrets

    def read(self, key: Key) -> Object | None:
        """See `ManagementApi.read`."""
        doing = f"reading {key}"
        with _told(doing):
            try:
                found: Any = self._objects.get_namespaced_custom_object(
                    *_collection(key.namespace),
                    key.name,
                    _request_timeout=TIMEOUT,
                    _preload_content=False,
                )
                return read_resource(resource.KIND, found.data, doing)
            except client.ApiException as error:
                if is_of_nothing(error.status, error.body):
                    return None
                raise

    def write_status(self, key: Key, resource_version: str, status: Mapping[str, Any]) -> bool:
        """See `ManagementApi.write_status`.

        A JSON patch, because a merge patch would keep what the new status leaves out, and a PUT
        would need a right over the whole resource.
        """
        change = _if_still(resource_version, "/status", dict(status))
        with _told(f"writing the status of {key}"):
            return self._patched(self._objects.patch_namespaced_custom_object_status, key, change)

    def write_finalizers(self, key: Key, resource_version: str, finalizers: Sequence[str]) -> bool:
        """See `ManagementApi.write_finalizers`."""
        change = _if_still(resource_version, "/metadata/finalizers", list(finalizers))
        with _told(f"writing the finalizers of {key}"):
            return self._patched(self._objects.patch_namespaced_custom_object, key, change)

    def _patched(self, send: Callable[..., Any], key: Key, change: list[dict[str, Any]]) -> bool:
        try:
            answer = send(
                *_collection(key.namespace),
                key.name,
                change,
                _content_type="application/json-patch+json",
                _request_timeout=TIMEOUT,
                _preload_content=False,
            )
            answer.drain_conn()
        except client.ApiException as error:
            if error.status in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                return False
            raise
        return True

    def event(self, key: Key, uid: str, event_type: EventType, reason: str, message: str) -> None:
        """See `ManagementApi.event`."""
        self._recorder.record(key, uid, event_type, reason, message)

    def read_secret(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """See `ManagementApi.read_secret`."""
        doing = f"reading Secret {namespace}/{name}"
        with _told(doing):
            try:
                found: Any = self._core.read_namespaced_secret(
                    name, namespace, _request_timeout=TIMEOUT, _preload_content=False
                )
                return values(read_object("Secret", found.data, doing), doing)
            except client.ApiException as error:
                if is_of_nothing(error.status, error.body):
                    return None
                raise


def _if_still(resource_version: str, path: str, value: Any) -> list[dict[str, Any]]:
    """A JSON patch that sets one thing. A resourceVersion in a patch makes it conditional:
    https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
    """
    return [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": resource_version},
        {"op": "add", "path": path, "value": value},
    ]


def _collection(namespace: str) -> tuple[str, str, str, str]:
    return resource.GROUP, resource.VERSION, namespace, resource.PLURAL


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """The client library's errors as ours, in one line."""
    try:
        yield
    except client.ApiException as error:
        answer = explained(error.status, error.reason, error.body)
        kind = RefusedError if is_refusal(error.status) else ManagementApiError
        raise kind(f"{doing}: {answer}") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ManagementApiError(f"{doing}: {error}") from error
