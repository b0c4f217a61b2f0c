"""A client of an EKS cluster's own API: with an EKS token, certificates verified."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.token import cluster_token

TIMEOUT = (3, 10)
"""Seconds to connect and to answer: an unreachable cluster must not hold up a worker."""


def cluster_api(
    clients: Clients, name: str, endpoint: str, certificate_authority: str
) -> ApiClient:
    """A client to be closed by who asked for it; raises AwsError without credentials.

    `certificate_authority` is the base64 of a PEM bundle, as EKS tells it.
    """
    configuration = Configuration()
    configuration.host = endpoint
    configuration.ca_cert_data = base64.b64decode(certificate_authority).decode()
    configuration.api_key = {"authorization": f"Bearer {cluster_token(clients, name)}"}
    configuration.retries = False
    return ApiClient(configuration)


def ask(api: ApiClient, method: str, path: str, query: Sequence[tuple[str, Any]] = ()) -> Any:
    """The JSON that a path answers; ApiException where the API server refuses.

    For kinds that the cluster may not even know, and for reading no more of an object than needed.
    """
    request = api.param_serialize(
        method=method,
        resource_path=path,
        query_params=list(query),
        header_params={"Accept": "application/json"},
        auth_settings=["BearerToken"],
    )
    response = api.call_api(*request, _request_timeout=TIMEOUT)
    body = response.read()
    if response.status >= 300:
        raise ApiException(status=response.status, reason=response.reason)
    return json.loads(body)
