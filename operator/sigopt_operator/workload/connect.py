"""The connection test: through the cluster's own API, certificates verified."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.api import Open, ask
from sigopt_operator.cluster.diagnosis import diagnose
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.snapshot import Cluster, Connection

PAGE = 250
"""Nodes in one answer; each has some 20 kB."""
MOST_PAGES = 40
_VERSION = re.compile(r"v?\d+\.\d+[\w.+-]{0,64}", re.ASCII)
BROKEN = (ApiException, HTTPError, OSError, ValueError, KeyError)
"""What a server that is away, refuses, or answers nonsense is told by."""


def connect(open_api: Open, cluster: Cluster) -> Connection:
    """Ask an EKS cluster's API for its version and its nodes; what is wrong is in the answer."""
    server = cluster.api_server
    if server is None:
        return Connection(problem="EKS does not say yet where the API server is")
    try:
        with open_api(server) as api:
            return _ask(api)
    except AwsError as error:
        return Connection(problem=str(error))
    except ApiException as error:
        if error.status:
            return Connection(problem=_refusal(error), refused_with=error.status)
        return _unreached(error, server)
    except BROKEN as error:
        return _unreached(error, server)


def visit(open_api: Open, server: ApiServer) -> Connection:
    """The same for any cluster; what is wrong is in the answer as a fault."""
    try:
        with open_api(server) as api:
            return _ask(api)
    except BROKEN as error:
        fault = diagnose(error, server.endpoint)
        refused = error.status or None if isinstance(error, ApiException) else None
        return Connection(problem=fault.message, refused_with=refused, fault=fault)


def _unreached(error: Exception, server: ApiServer) -> Connection:
    fault = diagnose(error, server.endpoint)
    return Connection(problem=fault.message, fault=fault)


def _ask(api: ApiClient) -> Connection:
    version = _mapping(ask(api, "GET", "/version")).get("gitVersion")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ValueError("no version of Kubernetes")
    nodes = [_is_ready(node) for node in _nodes(api)]
    return Connection(version=version, nodes_ready=sum(nodes), nodes=len(nodes))


def _nodes(api: ApiClient) -> Iterator[Mapping[str, Any]]:
    following = ""
    for _ in range(MOST_PAGES):
        query = [("limit", PAGE), *([("continue", following)] if following else [])]
        page = _mapping(ask(api, "GET", "/api/v1/nodes", query))
        yield from map(_mapping, _sequence(page["items"]))
        following = str(_mapping(page.get("metadata", {})).get("continue", ""))
        if not following:
            return


def _is_ready(node: Mapping[str, Any]) -> bool:
    status = _mapping(node.get("status", {}))
    conditions = map(_mapping, _sequence(status.get("conditions", [])))
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("something else than an object")
    return value


def _sequence(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("something else than a list")
    return value


def _refusal(error: ApiException) -> str:
    if error.status == 401:
        return "the API server does not know the operator's identity yet (Unauthorized)"
    if error.status == 403:
        return "the operator's identity may not list nodes (Forbidden)"
    return f"the API server answers {error.status} {error.reason}"
