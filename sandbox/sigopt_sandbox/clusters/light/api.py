"""What a light endpoint answers to an authenticated request about resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.clusters.light.discovery import kind_of
from sigopt_sandbox.clusters.light.patching import Object, merged
from sigopt_sandbox.clusters.light.requests import ResourceRequest, selects
from sigopt_sandbox.clusters.light.store import Collection, StatusError, Store
from sigopt_sandbox.clusters.light.workloads import workload_status

NODES = Collection("", "nodes")
NAMESPACES = Collection("", "namespaces")
APPLY_TYPES = ("application/apply-patch+yaml", "application/apply-patch+cbor")
_MERGE_TYPES = ("application/merge-patch+json", "application/strategic-merge-patch+json")
_MAY_LACK_NAMESPACE = frozenset({"", "default"})


class LightApi:
    """Reads and writes of a store, as the Kubernetes API has them."""

    def __init__(self, store: Store) -> None:
        """`store` is what is read and written."""
        self.store = store

    def read(self, request: ResourceRequest, query: Mapping[str, str]) -> Object:
        """GET one object or a collection."""
        if request.name:
            return self.shown(self.store.get(request.collection, request.name))
        items = [
            self.shown(item)
            for item in self.store.list(request.collection)
            if selects(query, item["metadata"].get("labels") or {}, item["metadata"]["name"])
        ]
        kind = kind_of(request.collection.group, request.collection.plural)
        return {
            "kind": f"{kind}List",
            "apiVersion": request.api_version,
            "metadata": {"resourceVersion": self.store.version},
            "items": items,
        }

    def create(self, request: ResourceRequest, body: Object) -> Object:
        """POST to a collection."""
        self._check_namespace(request)
        return self.shown(self.store.create(request.collection, self._typed(request, body)))

    def replace(self, request: ResourceRequest, body: Object) -> Object:
        """PUT an object, or its status."""
        if request.subresource == "status":
            return self._put_status(request, body.get("status", {}))
        typed = self._typed(request, body)
        return self.shown(self.store.replace(request.collection, request.name, typed))

    def patch(
        self, request: ResourceRequest, body: Object, content_type: str, query: Mapping[str, str]
    ) -> tuple[Object, bool]:
        """PATCH an object or its status; the answer, and whether it was created.

        Raises StatusError 415 for JSON patch (RFC 6902), which is not simulated.
        """
        if content_type in APPLY_TYPES:
            return self._apply(request, body, query)
        if content_type not in _MERGE_TYPES:
            raise StatusError(
                415,
                "UnsupportedMediaType",
                f"{content_type} is not served by a light endpoint: use merge patch or apply",
            )
        existing = self.store.get(request.collection, request.name)
        if request.subresource == "status":
            return self._put_status(request, merged(existing.get("status"), body["status"])), False
        new: Object = merged(existing, body)
        return self.shown(self.store.replace(request.collection, request.name, new)), False

    def delete(self, request: ResourceRequest) -> Object:
        """DELETE one object; a namespace goes with everything in it."""
        deleted = self.store.delete(request.collection, request.name)
        if request.collection == NAMESPACES:
            self.store.empty(request.name)
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Success",
            "details": {"name": request.name, "uid": deleted["metadata"]["uid"]},
        }

    def delete_collection(self, request: ResourceRequest, query: Mapping[str, str]) -> Object:
        """DELETE everything in a collection that the query selects."""
        listed = self.read(request, query)
        for item in listed["items"]:
            self.store.delete(where_of(request.collection, item), item["metadata"]["name"])
        return listed

    def shown(self, stored: Object) -> Object:
        """An object as it is answered: a workload has the status that the nodes give it."""
        status = workload_status(stored, self.store.list(NODES))
        return stored if status is None else stored | {"status": status}

    def _apply(
        self, request: ResourceRequest, body: Object, query: Mapping[str, str]
    ) -> tuple[Object, bool]:
        manager = query.get("fieldManager")
        if not manager:
            raise StatusError(
                422,
                "Invalid",
                "PatchOptions.meta.k8s.io: fieldManager: is required for apply patch",
            )
        self._check_namespace(request)
        is_new = self.store.find(request.collection, request.name) is None
        typed = self._typed(request, body)
        applied = self.store.apply(request.collection, request.name, typed, manager)
        return self.shown(applied), is_new

    def _put_status(self, request: ResourceRequest, status: Any) -> Object:
        existing = self.store.get(request.collection, request.name)
        return self.shown(
            self.store.replace(request.collection, request.name, existing | {"status": status})
        )

    def _check_namespace(self, request: ResourceRequest) -> None:
        namespace = request.collection.namespace
        if namespace not in _MAY_LACK_NAMESPACE:
            self.store.get(NAMESPACES, namespace)

    def _typed(self, request: ResourceRequest, body: Object) -> Object:
        kind = kind_of(request.collection.group, request.collection.plural)
        return {"apiVersion": request.api_version, "kind": kind} | body


def where_of(collection: Collection, item: Object) -> Collection:
    """The collection of one object's own namespace, among those of all namespaces."""
    namespace = item["metadata"].get("namespace", "")
    return Collection(collection.group, collection.plural, namespace)
