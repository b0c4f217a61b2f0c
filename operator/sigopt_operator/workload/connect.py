"""The connection test: through the cluster's own API, with an EKS token, certificates verified."""

from __future__ import annotations

from kubernetes.client import ApiClient, CoreV1Api, V1Node, VersionApi
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.api import TIMEOUT, Open
from sigopt_operator.plan.snapshot import Cluster, Connection

MOST_NODES = 1000


def connect(open_api: Open, cluster: Cluster) -> Connection:
    """Ask the cluster's API for its version and its nodes; what is wrong is in the answer."""
    server = cluster.api_server
    if server is None:
        return Connection(problem="EKS does not say yet where the API server is")
    try:
        with open_api(server) as api:
            return _ask(api)
    except AwsError as error:
        return Connection(problem=str(error))
    except ApiException as error:
        return Connection(problem=_refusal(error), refused_with=error.status)
    except (HTTPError, OSError, ValueError) as error:
        return Connection(problem=f"{cluster.endpoint} does not answer ({type(error).__name__})")


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
