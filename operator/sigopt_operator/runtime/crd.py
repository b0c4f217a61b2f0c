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
from sigopt_operator.runtime.errors import told
from sigopt_operator.runtime.settings import Settings

log = logging.getLogger(__name__)

EVERY: Final = 3.0
TIMEOUT: Final = 10.0
"""Seconds between two looks, and of one look."""

NOBODY: Final = {"limit": 1, "field_selector": "metadata.name=-"}
"""What no resource is called: so nothing that somebody wrote into one is read here."""

_MISSING: Final = f"the CRD {resource.PLURAL}.{resource.GROUP} is not installed"


async def served(settings: Settings, missing: Callable[[], None]) -> None:
    """Return once the resources can be listed and watched wherever they are to be served.

    That needs no other right, unlike a look at the CRD itself. Calls
    `missing` whenever it must wait, and says in the log why, once for each new reason.
    """
    api = await aio_api_client(settings.kubeconfig)
    try:
        said = None
        while reason := await _obstacle(api, settings.namespaces):
            missing()
            if reason != said:
                log.warning("waiting: %s", reason)
            said = reason
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
            return await _watchable(client.AuthorizationV1Api(api), namespaces)
    except client.ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return _MISSING
        return f"listing {resource.PLURAL}: {told(error)}"
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return f"the management cluster does not answer: {told(error)}"
    except (ValueError, RecursionError):  # the client quotes what it got
        return "the management cluster, or a proxy before it, answers, but not as Kubernetes does"


async def _discovered(api: Any) -> bool:
    """Whether discovery names the resource, which is where kopf looks, once, as it starts.

    A CRD that was just installed can be listed a moment before discovery names it.
    """
    groups = _given(await client.ApisApi(api).get_api_versions())
    if resource.GROUP not in {group.name for group in groups.groups}:
        return False
    objects = client.CustomObjectsApi(api)
    found = _given(await objects.get_api_resources(resource.GROUP, resource.VERSION))
    return resource.PLURAL in {kind.name for kind in found.resources}


async def _list(objects: Any, namespaces: tuple[str, ...]) -> None:
    """List where it will be watched, but nobody; ValueError where the answer is no such list."""
    what = (resource.GROUP, resource.VERSION)
    if namespaces:
        listed = objects.list_namespaced_custom_object
        found = [await listed(*what, name, resource.PLURAL, **NOBODY) for name in namespaces]
    else:
        found = [await objects.list_cluster_custom_object(*what, resource.PLURAL, **NOBODY)]
    for one in found:
        match one:
            case {"kind": kind, "items": list()} if kind == f"{resource.KIND}List":
                continue
        raise ValueError


async def _watchable(reviews: Any, namespaces: tuple[str, ...]) -> str | None:
    """Which right to watch is missing: kopf would ask again and again, and see nothing."""
    for namespace in namespaces or (None,):
        asked = client.V1ResourceAttributes(
            group=resource.GROUP, resource=resource.PLURAL, verb="watch", namespace=namespace
        )
        spec = client.V1SelfSubjectAccessReviewSpec(resource_attributes=asked)
        review = client.V1SelfSubjectAccessReview(spec=spec)
        answer = _given(await reviews.create_self_subject_access_review(review))
        if not _given(answer.status).allowed:
            where = f"in namespace {namespace}" if namespace else "in all namespaces"
            return (
                f'the operator cannot watch resource "{resource.PLURAL}" {where}; '
                f"the rights that it needs are in deploy/base/rbac.yaml"
            )
    return None


def _given(answer: Any) -> Any:
    """What was answered; ValueError where that is null, which the client takes for an answer."""
    if answer is None:
        raise ValueError
    return answer
