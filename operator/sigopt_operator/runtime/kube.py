"""The edge to the management cluster: the only calls that a round makes there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, Protocol

import urllib3.exceptions
from kubernetes import client

from sigopt_operator.api import resource
from sigopt_operator.plan.kubeconfig.secret import SecretStore
from sigopt_operator.runtime.connection import Configuration
from sigopt_operator.runtime.errors import ManagementApiError, explained, is_of_nothing
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
        api = client.ApiClient(configuration)
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
        would need a right over the whole resource. A resourceVersion in a patch makes it
        conditional:
        https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
        """
        patch: list[dict[str, Any]] = [
            {"op": "replace", "path": "/metadata/resourceVersion", "value": resource_version},
            {"op": "add", "path": "/status", "value": dict(status)},
        ]
        with _told(f"writing the status of {key}"):
            try:
                answer: Any = self._objects.patch_namespaced_custom_object_status(
                    *_collection(key.namespace),
                    key.name,
                    patch,
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


def _collection(namespace: str) -> tuple[str, str, str, str]:
    return resource.GROUP, resource.VERSION, namespace, resource.PLURAL


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """The client library's errors as ours, in one line."""
    try:
        yield
    except client.ApiException as error:
        answer = explained(error.status, error.reason, error.body)
        raise ManagementApiError(f"{doing}: {answer}") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ManagementApiError(f"{doing}: {error}") from error
