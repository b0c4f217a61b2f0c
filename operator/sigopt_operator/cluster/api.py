"""A client of a cluster's own API, certificates verified."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException

from sigopt_operator.cluster.bounded import WITHIN, bounded, parsed
from sigopt_operator.cluster.lenient import leniently
from sigopt_operator.cluster.token import Signer, cluster_token
from sigopt_operator.plan.control_plane.api_server import ApiServer

TIMEOUT = (3, 10)
"""Seconds to connect and to answer: an unreachable cluster must not hold up a worker."""

Open = Callable[[ApiServer], ApiClient]
"""Makes a client, to be closed by who asked for it; raises AwsError without credentials."""


def with_eks_token(clients: Signer) -> Open:
    """Opens the APIs of EKS clusters as who `clients` are in IAM."""

    def opened(server: ApiServer) -> ApiClient:
        configuration = Configuration()
        configuration.host = server.endpoint
        configuration.ca_cert_data = base64.b64decode(server.certificate_authority).decode()
        token = cluster_token(clients, server.cluster)
        configuration.api_key = {"authorization": f"Bearer {token}"}
        configuration.retries = False
        return bounded(leniently(ApiClient(configuration)), WITHIN)

    return opened


def ask(
    api: ApiClient,
    method: str,
    path: str,
    query: Sequence[tuple[str, Any]] = (),
    body: Any = None,
    content_type: str = "application/json",
) -> Any:
    """The JSON that a path answers; ApiException where the API server refuses.

    ValueError for an answer that is no JSON, or too large to be read.

    For kinds that the cluster may not even know, and for reading no more of an object than needed.
    """
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = content_type
    request = api.param_serialize(
        method=method,
        resource_path=path,
        query_params=list(query),
        header_params=headers,
        body=body,
        auth_settings=["BearerToken"],
    )
    response = api.call_api(*request, _request_timeout=TIMEOUT)
    text = response.read()
    if response.status >= 300:
        error = ApiException(status=response.status, reason=response.reason)
        error.body = text.decode(errors="replace")
        raise error
    return parsed(text)
