"""Which pods keep a node from being drained: asked of the cluster's own API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.api import Open, ask
from sigopt_operator.cluster.kinds import collection
from sigopt_operator.plan.snapshot import Cluster, KeptPod

NODE_GROUP_LABEL = "eks.amazonaws.com/nodegroup"
"""EKS's own label of a node."""
MOST = 500
"""Objects read of a kind; who has more learns of some."""
OPERATORS = {"In": "in", "NotIn": "notin"}

Json = Mapping[str, Any]


def kept_pods(
    open_api: Open, cluster: Cluster, node_groups: tuple[str, ...]
) -> tuple[KeptPod, ...]:
    """Pods on nodes of these groups whose PodDisruptionBudget admits no eviction now.

    Empty, too, where the API server does not say: it is only for words.
    """
    server = cluster.api_server
    if server is None:
        return ()
    try:
        with open_api(server) as api:
            return tuple(_kept(api, node_groups))
    except (AwsError, ApiException, HTTPError, OSError, ValueError, KeyError, TypeError):
        return ()


def _kept(api: ApiClient, node_groups: tuple[str, ...]) -> Iterator[KeptPod]:
    strict = [
        b
        for b in _list(api, collection("PodDisruptionBudget"))
        if not b.get("status", {}).get("disruptionsAllowed")
    ]
    if not strict:
        return
    nodes = _nodes(api, node_groups)
    for budget in strict:
        namespace, name = budget["metadata"]["namespace"], budget["metadata"]["name"]
        selector = _selector(budget["spec"].get("selector"))
        if selector is None:
            continue
        for pod in _list(api, collection("Pod", namespace), selector):
            group = nodes.get(pod["spec"].get("nodeName", ""))
            if group is not None:
                yield KeptPod(group, namespace, pod["metadata"]["name"], name)


def _nodes(api: ApiClient, node_groups: tuple[str, ...]) -> dict[str, str]:
    """The node group of each node of these groups."""
    chosen = f"{NODE_GROUP_LABEL} in ({','.join(node_groups)})"
    return {
        node["metadata"]["name"]: node["metadata"]["labels"][NODE_GROUP_LABEL]
        for node in _list(api, collection("Node"), chosen)
    }


def _list(api: ApiClient, path: str, selector: str = "") -> list[Json]:
    query: list[tuple[str, Any]] = [("limit", MOST)]
    if selector:
        query.append(("labelSelector", selector))
    return list(ask(api, "GET", path, query)["items"])


def _selector(told: Json | None) -> str | None:
    """A LabelSelector as a query wants it; None selects nothing, an empty one everything."""
    if told is None:
        return None
    terms = [f"{key}={value}" for key, value in told.get("matchLabels", {}).items()]
    for each in told.get("matchExpressions", []):
        key, operator = each["key"], each["operator"]
        if operator in OPERATORS:
            terms.append(f"{key} {OPERATORS[operator]} ({','.join(each['values'])})")
        else:
            terms.append(key if operator == "Exists" else f"!{key}")
    return ",".join(terms)
