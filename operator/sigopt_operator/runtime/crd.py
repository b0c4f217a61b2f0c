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
from sigopt_operator.runtime.settings import Settings

log = logging.getLogger(__name__)

EVERY: Final = 3.0
TIMEOUT: Final = 10.0
"""Seconds between two looks, and of one look."""


async def served(settings: Settings, missing: Callable[[], None]) -> None:
    """Return once the resources can be listed wherever they are to be served.

    A list needs no right beyond those that watching needs, unlike a look at the CRD itself. Calls
    `missing` whenever it must wait, and says in the log why, once for each new reason.
    """
    api = await aio_api_client(settings.kubeconfig)
    try:
        told = None
        while reason := await _obstacle(client.CustomObjectsApi(api), settings.namespaces):
            missing()
            if reason != told:
                log.warning("waiting: %s", reason)
            told = reason
            await asyncio.sleep(EVERY)
    finally:
        await api.close()


async def _obstacle(objects: Any, namespaces: tuple[str, ...]) -> str | None:
    try:
        async with asyncio.timeout(TIMEOUT):
            await _list(objects, namespaces)
    except client.ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return f"the CRD {resource.PLURAL}.{resource.GROUP} is not installed"
        return f"listing {resource.PLURAL}: {error.status} {error.reason}: {error.body}"
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return f"the management cluster does not answer: {error or type(error).__name__}"
    return None


async def _list(objects: Any, namespaces: tuple[str, ...]) -> None:
    what = (resource.GROUP, resource.VERSION)
    for namespace in namespaces:
        await objects.list_namespaced_custom_object(*what, namespace, resource.PLURAL, limit=1)
    if not namespaces:
        await objects.list_cluster_custom_object(*what, resource.PLURAL, limit=1)
