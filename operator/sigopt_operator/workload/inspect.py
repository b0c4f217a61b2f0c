"""What stands in a cluster of what the operator puts there, asked of its own API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.api import Open, ask
from sigopt_operator.cluster.kinds import collection, path
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.snapshot import Installed, Unavailable
from sigopt_operator.plan.workload.components.objects import ObjectId

LOOKED_AT = (
    "Namespace",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Deployment",
    "DaemonSet",
    "ResourceQuota",
    "LimitRange",
)
"""Every kind that a component is made of."""
MOST = 200
"""Objects of a kind with the mark; there are a few."""

Json = Mapping[str, Any]


def inspect(
    open_api: Open,
    server: ApiServer | None,
    mark: str,
    wanted: tuple[ObjectId, ...],
    kinds: tuple[str, ...] = LOOKED_AT,
) -> Installed:
    """What the label selector `mark` finds, and what has the wanted names, whoever made it."""
    if server is None:
        return Installed(problem="EKS does not say where the API server is")
    try:
        with open_api(server) as api:
            objects = dict(_marked(api, mark, kinds))
            for id_ in wanted:
                if id_ not in objects and (found := _one(api, id_)) is not None:
                    objects[id_] = found
            deployments = {id_: o for id_, o in objects.items() if id_.kind == "Deployment"}
            stopped = {id_: _why(api, o) for id_, o in deployments.items() if not _available(o)}
            return Installed(objects, stopped)
    except AwsError as error:
        return Installed(problem=str(error))
    except ApiException as error:
        told = f"it answers {error.status} {error.reason}"
        return Installed(problem=told, refused_with=error.status or None)
    except (HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Installed(problem=f"{server.endpoint} does not answer ({type(error).__name__})")


def _marked(api: ApiClient, mark: str, kinds: tuple[str, ...]) -> Iterator[tuple[ObjectId, Json]]:
    query = [("labelSelector", mark), ("limit", MOST)]
    for kind in kinds:
        for item in ask(api, "GET", collection(kind), query)["items"]:
            found = _object(item)
            meta = found["metadata"]
            yield ObjectId(kind, meta.get("namespace", ""), meta["name"]), found


def _object(found: Any) -> Json:
    """With metadata as decisions are made by it: some servers are somebody's, and answer anything.

    Raises ValueError, TypeError, KeyError or AttributeError.
    """
    meta = found["metadata"]
    texts = [meta["name"], meta.get("namespace", "")]
    for words in (meta.get("labels") or {}, meta.get("annotations") or {}):
        texts += [*words.keys(), *words.values()]
    texts += [each.get("manager", "") for each in meta.get("managedFields") or ()]
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in texts):
        raise ValueError("no object of Kubernetes")
    # Which fields each of them manages is most of an object, and nobody reads it.
    managers = [{"manager": each.get("manager", "")} for each in meta.get("managedFields") or ()]
    return {**found, "metadata": {**meta, "managedFields": managers}}


def _one(api: ApiClient, id_: ObjectId) -> Json | None:
    try:
        return _object(ask(api, "GET", path(id_)))
    except ApiException as error:
        if error.status == 404:
            return None
        raise


def _available(deployment: Json) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    replicas = min(status.get("updatedReplicas", 0), status.get("availableReplicas", 0))
    return bool(seen and replicas >= wanted)


def _why(api: ApiClient, deployment: Json) -> Unavailable:
    """In the words of its pods, where they have any."""
    conditions = deployment.get("status", {}).get("conditions", [])
    told: Json = next(
        (c for c in conditions if c["type"] == "Available" and c["status"] != "True"), {}
    )
    since = told.get("lastTransitionTime")
    selector = ",".join(
        f"{k}={v}" for k, v in deployment["spec"]["selector"]["matchLabels"].items()
    )
    namespace = deployment["metadata"]["namespace"]
    query = [("labelSelector", selector), ("limit", MOST)]
    pods = ask(api, "GET", collection("Pod", namespace), query)["items"]
    reasons = dict.fromkeys(reason for pod in pods for reason in _reasons(pod))
    why = "; ".join(reasons) or told.get("message") or "its pod has not started yet"
    return Unavailable(why, datetime.fromisoformat(since) if since else None)


def _reasons(pod: Json) -> Iterator[str]:
    status = pod.get("status", {})
    for container in status.get("containerStatuses", []):
        waiting = container.get("state", {}).get("waiting")
        if waiting:
            yield ": ".join(filter(None, (waiting.get("reason"), waiting.get("message"))))
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield condition.get("message") or condition.get("reason", "")
