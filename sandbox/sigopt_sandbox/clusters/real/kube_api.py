"""A small asynchronous client of one API server, for what this process does in a cluster."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from sigopt_sandbox.clusters.resources import POD, path_of

FIELD_MANAGER = "eks"
"""The field manager under which EKS itself applies (EKS user guide, field management)."""
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
WATCH_SECONDS = 300
REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=20)


class ApiError(Exception):
    """The API server refused a request."""

    def __init__(self, status: int, message: str) -> None:
        """`status` is the HTTP status, `message` what the API server says."""
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class KubeApi:
    """One API server, as the bearer of a token: its administrator, or a service account."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str, tls: ssl.SSLContext
    ) -> None:
        """`tls` trusts the cluster's authority."""
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._tls = tls

    def as_bearer(self, token: str) -> KubeApi:
        """The same API server, as the bearer of another token."""
        return KubeApi(self._session, self._url, token, self._tls)

    async def ready(self) -> bool:
        """Whether /readyz says ok now."""
        try:
            await self._send("GET", "/readyz")
        except (ApiError, aiohttp.ClientError, TimeoutError):
            return False
        return True

    async def list(self, path: str, **parameters: str) -> dict[str, Any]:
        """A collection, as its List object."""
        return await self._json("GET", path, parameters=parameters)

    async def get(self, path: str) -> dict[str, Any] | None:
        """One object; None when there is none."""
        try:
            return await self._json("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST for the sake of the answer: a token, a review, an object with its name."""
        return await self._json("POST", path, body)

    async def replace(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """PUT an object; ApiError with status 409 when somebody else was quicker."""
        return await self._json("PUT", path, body)

    async def create(self, path: str, body: Mapping[str, Any]) -> bool:
        """POST to a collection or subresource; False when it exists already."""
        try:
            await self._json("POST", path, body)
        except ApiError as error:
            if error.status == 409:
                return False
            raise
        return True

    async def apply(self, manifest: Mapping[str, Any]) -> None:
        """Server-side apply, taking over fields that others own."""
        await self._json(
            "PATCH",
            path_of(manifest),
            manifest,
            content_type=APPLY,
            parameters={"fieldManager": FIELD_MANAGER, "force": "true"},
        )

    async def merge(self, path: str, patch: Mapping[str, Any]) -> None:
        """JSON merge patch; nothing when the object is gone."""
        await self._unless_gone("PATCH", path, patch, MERGE)

    async def delete(self, path: str, grace_seconds: int | None = None) -> None:
        """Delete one object; nothing when it is gone."""
        options = {} if grace_seconds is None else {"gracePeriodSeconds": grace_seconds}
        await self._unless_gone("DELETE", path, options)

    async def evict(self, name: str, namespace: str) -> bool:
        """Evict a pod; False when a disruption budget does not allow it now."""
        metadata = {"name": name, "namespace": namespace}
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        try:
            await self._unless_gone("POST", f"{POD.path(name, namespace)}/eviction", eviction)
        except ApiError as error:
            if error.status == 429:
                return False
            raise
        return True

    async def watch(self, path: str, resource_version: str) -> AsyncIterator[dict[str, Any]]:
        """The events of a collection after `resource_version`, until the API server ends it."""
        parameters = {
            "watch": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        unlimited = aiohttp.ClientTimeout(total=None, sock_connect=5)
        async with self._session.get(
            self._url + path,
            params=parameters,
            headers=self._headers,
            ssl=self._tls,
            timeout=unlimited,
            # A line is one event with a whole object, which may be a megabyte.
            read_bufsize=2**22,
        ) as response:
            if response.status != 200:
                raise ApiError(response.status, await response.text())
            async for line in response.content:
                yield json.loads(line)

    async def _unless_gone(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        content_type: str = "application/json",
    ) -> None:
        try:
            await self._json(method, path, body, content_type)
        except ApiError as error:
            if error.status != 404:
                raise

    async def _json(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        text = await self._send(method, path, body, content_type, parameters)
        answer: dict[str, Any] = json.loads(text)
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        parameters: Mapping[str, str] | None = None,
    ) -> str:
        async with self._session.request(
            method,
            self._url + path,
            params=parameters,
            data=None if body is None else json.dumps(body),
            headers=self._headers | {"Content-Type": content_type},
            ssl=self._tls,
            timeout=REQUEST_TIMEOUT,
        ) as response:
            text = await response.text()
            if response.status >= 400:
                raise ApiError(response.status, _message(text))
            return text


def _message(text: str) -> str:
    """The message of a Status object, or the text as it is."""
    try:
        status = json.loads(text)
    except ValueError:
        return text
    return str(status.get("message", text)) if isinstance(status, dict) else text
