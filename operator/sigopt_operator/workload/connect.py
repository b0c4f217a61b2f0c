"""The connection test: through the cluster's own API, with an EKS token, certificates verified."""

from __future__ import annotations

from kubernetes.client import ApiClient, CoreV1Api, V1Node, VersionApi
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.cluster_api import TIMEOUT, cluster_api
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.snapshot import Cluster, Connection

MOST_NODES = 1000


def connect(clients: Clients, cluster: Cluster) -> Connection:
    """Ask the cluster's API for its version and its nodes; what is wrong is in the answer."""
    if not cluster.endpoint or not cluster.certificate_authority:
        return Connection(problem="EKS does not say yet where the API server is")
    try:
        with cluster_api(
            clients, cluster.name, cluster.endpoint, cluster.certificate_authority
        ) as api:
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
