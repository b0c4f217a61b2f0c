"""Whether the management cluster knows what a SigOptCluster is."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from kubernetes.aio import client

from sigopt_operator.api import resource
from sigopt_operator.runtime.connection import aio_api_client
from sigopt_operator.runtime.errors import explained
from sigopt_operator.runtime.settings import Settings

log = logging.getLogger(__name__)

EVERY: Final = 3.0
TIMEOUT: Final = 10.0
"""Seconds between two looks, and of one look."""

NOBODY: Final = {"limit": 1, "field_selector": "metadata.name=-"}
"""What no resource is called: so nothing that somebody wrote into one is read here."""

_MISSING: Final = f"the CRD {resource.PLURAL}.{resource.GROUP} is not installed"


async def served(settings: Settings, missing: Callable[[], None]) -> None:
    """Return once the resources can be listed wherever they are to be served.

    That needs no right beyond those of watching, unlike a look at the CRD itself. Calls
    `missing` whenever it must wait, and says in the log why, once for each new reason.
    """
    api = await aio_api_client(settings.kubeconfig)
    try:
        told = None
        while reason := await _obstacle(api, settings.namespaces):
            missing()
            if reason != told:
                log.warning("waiting: %s", reason)
            told = reason
            await asyncio.sleep(EVERY)
    finally:
        await api.close()


async def _obstacle(api: Any, namespaces: tuple[str, ...]) -> str | None:
    """Why the watch cannot begin yet; None: it can."""
    try:
        async with asyncio.timeout(TIMEOUT):
            if not await _discovered(api):
                return _MISSING
            await _list(client.CustomObjectsApi(api), namespaces)
    except client.ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return _MISSING
        answer = explained(error.status, error.reason, error.body)
        return f"listing {resource.PLURAL}: {answer}"
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return f"the management cluster does not answer: {error or type(error).__name__}"
    return None


async def _discovered(api: Any) -> bool:
    """Whether discovery names the resource, which is where kopf looks, once, as it starts.

    A CRD that was just installed can be listed a moment before discovery names it.
    """
    groups = await client.ApisApi(api).get_api_versions()
    if resource.GROUP not in {group.name for group in groups.groups}:
        return False
    found = await client.CustomObjectsApi(api).get_api_resources(resource.GROUP, resource.VERSION)
    return resource.PLURAL in {kind.name for kind in found.resources}


async def _list(objects: Any, namespaces: tuple[str, ...]) -> None:
    """List where it will be watched, but nobody: the rights for both are the same."""
    what = (resource.GROUP, resource.VERSION)
    for namespace in namespaces:
        await objects.list_namespaced_custom_object(*what, namespace, resource.PLURAL, **NOBODY)
    if not namespaces:
        await objects.list_cluster_custom_object(*what, resource.PLURAL, **NOBODY)
