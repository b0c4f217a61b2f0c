"""Whether a resource was edited, asked for while its deletion waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from kubernetes.aio import client

from sigopt_operator.api import resource
from sigopt_operator.runtime.connection import aio_api_client
from sigopt_operator.runtime.errors import is_of_nothing
from sigopt_operator.runtime.keys import Key

TIMEOUT: Final = 10.0
GONE: Final = 0
"""In the place of a generation, which begins with 1: there is no such resource any more."""


class Generations:
    """The generations of resources, as the API server has them now."""

    def __init__(self, api: Any) -> None:
        """`api` is an asyncio ApiClient."""
        self._objects = client.CustomObjectsApi(api)

    async def of(self, key: Key) -> int | None:
        """The resource's generation; GONE, or None where nothing comes that tells."""
        where = (resource.GROUP, resource.VERSION, key.namespace, resource.PLURAL)
        try:
            async with asyncio.timeout(TIMEOUT):
                found: Any = await self._objects.get_namespaced_custom_object(*where, key.name)
        except client.ApiException as error:
            return GONE if is_of_nothing(error.status, error.body) else None
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None
        except (ValueError, RecursionError):  # no JSON, or deeper than Python reads
            return None
        match found:
            case {"metadata": {"generation": int(generation)}}:
                return generation
        return None


@asynccontextmanager
async def generations(kubeconfig: Path | None) -> AsyncIterator[Generations]:
    """`Generations` of the management cluster; its connection closes at the end."""
    api = await aio_api_client(kubeconfig)
    try:
        yield Generations(api)
    finally:
        await api.close()
