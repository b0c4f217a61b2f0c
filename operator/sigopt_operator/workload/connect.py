"""The connection test: through the cluster's own API, with an EKS token, certificates verified."""

from __future__ import annotations

import base64

from kubernetes.client import ApiClient, Configuration, CoreV1Api, V1Node, VersionApi
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.aws.token import cluster_token
from sigopt_operator.plan.snapshot import Cluster, Connection

TIMEOUT = (3, 10)
"""Seconds to connect and to answer: an unreachable cluster must not hold up a worker."""
MOST_NODES = 1000


def connect(clients: Clients, cluster: Cluster) -> Connection:
    """Ask the cluster's API for its version and its nodes; what is wrong is in the answer."""
    if not cluster.endpoint or not cluster.certificate_authority:
        return Connection(problem="EKS does not say yet where the API server is")
    try:
        with _api(clients, cluster) as api:
            return _ask(api)
    except AwsError as error:
        return Connection(problem=str(error))
    except ApiException as error:
        return Connection(problem=_refusal(error), refused_with=error.status)
    except (HTTPError, OSError, ValueError) as error:
        return Connection(problem=f"{cluster.endpoint} does not answer ({type(error).__name__})")


def _api(clients: Clients, cluster: Cluster) -> ApiClient:
    configuration = Configuration()
    configuration.host = cluster.endpoint
    configuration.ca_cert_data = base64.b64decode(cluster.certificate_authority).decode()
    token = cluster_token(clients, cluster.name)
    configuration.api_key = {"authorization": f"Bearer {token}"}
    configuration.retries = False
    return ApiClient(configuration)


def _ask(api: ApiClient) -> Connection:
    version = VersionApi(api).get_code(_request_timeout=TIMEOUT)
    nodes = CoreV1Api(api).list_node(limit=MOST_NODES, _request_timeout=TIMEOUT).items
    return Connection(
        version=str(version.git_version),
        nodes_ready=sum(map(_is_ready, nodes)),
        nodes=len(nodes),
    )


def _is_ready(node: V1Node) -> bool:
    conditions = (node.status.conditions or []) if node.status else []
    return any(c.type == "Ready" and c.status == "True" for c in conditions)


def _refusal(error: ApiException) -> str:
    if error.status == 401:
        return "the API server does not know the operator's identity yet (Unauthorized)"
    if error.status == 403:
        return "the operator's identity may not list nodes (Forbidden)"
    return f"the API server answers {error.status} {error.reason}"
