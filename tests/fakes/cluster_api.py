"""The API of a cluster in memory: what the operator puts there, and what a test does to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sigopt_operator.cluster.kinds import KINDS, collection, path
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.workload.components.objects import ObjectId, id_of

Object = dict[str, Any]
DEPLOYMENT = {"status": {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1}}


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Any
    reason: str = ""

    def read(self) -> bytes:
        return json.dumps(self.body).encode()


@dataclass
class FakeCluster:
    """Objects by what they are; Deployments run at once unless a test says otherwise."""

    objects: dict[ObjectId, Object] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    """What was asked for, but for looks."""
    looks: int = 0
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By kind: the status and the message with which changes of it are refused."""
    terminating: set[str] = field(default_factory=set)
    """Namespaces that somebody deletes, whose pods take their time."""
    stopped: bool = False
    """Whether no Deployment becomes available."""

    def open(self, _server: ApiServer) -> FakeCluster:
        """As `Open`: itself."""
        return self

    def __enter__(self) -> FakeCluster:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def param_serialize(self, **told: Any) -> tuple[Any, ...]:
        """What `call_api` is given."""
        query = dict(told["query_params"])
        return told["method"], told["resource_path"], query, told["body"]

    def call_api(
        self, method: str, where: str, query: Mapping[str, Any], body: Any, **_: Any
    ) -> _Answer:
        """What an API server answers."""
        kind = next(k for k, (api, plural) in KINDS.items() if _of(where, api, plural))
        if method == "GET":
            self.looks += 1
            return self._look(where, kind, query)
        self.changes.append(f"{method} {where}")
        if kind in self.refused:
            status, message = self.refused[kind]
            return _Answer(status, {"message": message}, "Refused")
        if method == "DELETE":
            found = self._at(where)
            if found is None:
                return _Answer(404, {"message": "not found"}, "Not Found")
            del self.objects[found]
            return _Answer(200, {})
        if id_of(body).namespace in self.terminating and self._at(where) is None:
            return _terminating(id_of(body))
        return _Answer(200, self._apply(body))

    def delete_namespace(self, name: str) -> None:
        """Somebody deletes it: what is in it goes, itself only with its last pod."""
        self.terminating.add(name)
        for id_ in [each for each in self.objects if each.namespace == name]:
            del self.objects[id_]

    def last_pod_ends(self, namespace: str) -> None:
        """And so the namespace goes."""
        self.terminating.remove(namespace)
        del self.objects[ObjectId("Namespace", "", namespace)]

    def put(self, manifest: Mapping[str, Any]) -> None:
        """Somebody else makes an object."""
        self.objects[id_of(manifest)] = json.loads(json.dumps(manifest))

    def _apply(self, manifest: Object) -> Object:
        id_ = id_of(manifest)
        made = json.loads(json.dumps(manifest))
        meta = made["metadata"]
        meta["managedFields"] = [{"manager": "sigopt-operator", "operation": "Apply"}]
        if id_.kind == "Deployment" and not self.stopped:
            made |= DEPLOYMENT
        self.objects[id_] = made
        return self.objects[id_]

    def _look(self, where: str, kind: str, query: Mapping[str, Any]) -> _Answer:
        if where in (
            collection(kind),
            *(collection(kind, i.namespace) for i in list(self.objects)),
        ):
            key, _, value = query.get("labelSelector", "=").partition("=")
            found = [
                each
                for id_, each in list(self.objects.items())
                if id_.kind == kind and each["metadata"].get("labels", {}).get(key, "") == value
            ]
            return _Answer(200, _page(found, query))
        id_ = self._at(where)
        if id_ is None:
            return _Answer(404, {"message": "not found"}, "Not Found")
        return _Answer(200, self.objects[id_])

    def _at(self, where: str) -> ObjectId | None:
        return next((id_ for id_ in list(self.objects) if path(id_) == where), None)


def _terminating(id_: ObjectId) -> _Answer:
    """As the API server's admission of new content says it (plugin NamespaceLifecycle)."""
    why = (
        f"unable to create new content in namespace {id_.namespace} because it is being terminated"
    )
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {id_.namespace} is being terminated",
        "field": "metadata.namespace",
    }
    told = {
        "kind": "Status",
        "message": f'{KINDS[id_.kind][1]} "{id_.name}" is forbidden: {why}',
        "reason": "Forbidden",
        "details": {"name": id_.name, "causes": [cause]},
        "code": 403,
    }
    return _Answer(403, told, "Forbidden")


def _page(found: list[Object], query: Mapping[str, Any]) -> Object:
    """As many as are asked for, and where the rest goes on."""
    begin = int(query.get("continue", 0))
    end = begin + int(query.get("limit", len(found)))
    return {
        "metadata": {"continue": str(end)} if end < len(found) else {},
        "items": found[begin:end],
    }


def _of(where: str, api: str, plural: str) -> bool:
    parts = where.removeprefix(api).strip("/").split("/")
    kinds = parts[2:] if parts[0] == "namespaces" and len(parts) > 2 else parts
    return where.startswith(f"{api}/") and kinds[0] == plural
