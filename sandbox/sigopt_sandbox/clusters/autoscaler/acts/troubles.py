"""What can go wrong with a request, and how it is told."""

from __future__ import annotations

import aiohttp

from sigopt_sandbox.clusters.real.kube_api import ApiError

KUBERNETES = (ApiError, aiohttp.ClientError, TimeoutError)
"""A request to the API server was refused or not answered."""


def told(error: BaseException) -> str:
    """The API server's own words, or what the attempt to reach it came to."""
    return error.message if isinstance(error, ApiError) else str(error) or repr(error)
