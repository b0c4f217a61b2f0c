"""A collection of an API server, kept as a dictionary by list and watch."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import aiohttp

from sigopt_sandbox.clusters.real.kube_api import ApiError, KubeApi

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5


class Mirror:
    """The objects of one collection by (namespace, name), as they were a moment ago."""

    def __init__(self, api: KubeApi, path: str, changed: asyncio.Event) -> None:
        """`changed` is set whenever an object was added, changed or removed."""
        self._api = api
        self._path = path
        self._changed = changed
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.synced = False
        """Whether the collection was read once; before that, `objects` says nothing."""

    async def run(self) -> None:
        """Follow the collection until cancelled, listing anew whenever the watch breaks."""
        while True:
            try:
                version = await self._list()
                await self._follow(version)
            except (ApiError, aiohttp.ClientError, TimeoutError, json.JSONDecodeError) as error:
                log.debug("watch of %s ended: %r", self._path, error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _list(self) -> str:
        listed = await self._api.list(self._path)
        self.objects = {_key(item): item for item in listed["items"]}
        self.synced = True
        self._changed.set()
        return str(listed["metadata"]["resourceVersion"])

    async def _follow(self, version: str) -> None:
        async for event in self._api.watch(self._path, version):
            item = event["object"]
            if event["type"] == "ERROR":
                raise ApiError(item.get("code", 500), item.get("message", ""))
            if event["type"] == "DELETED":
                self.objects.pop(_key(item), None)
            else:
                self.objects[_key(item)] = item
            self._changed.set()


def _key(item: dict[str, Any]) -> tuple[str, str]:
    metadata = item["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
