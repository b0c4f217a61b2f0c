"""What a light endpoint says it serves, for clients that ask before they act (kubectl does)."""

from __future__ import annotations

from typing import Any

from sigopt_sandbox.clusters.resources import RESOURCES, Resource

_VERBS = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
]


def discovery(path: str) -> dict[str, Any] | None:
    """The answer for /api, /apis, what is below them, and /openapi/v3; or None."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["openapi", "v3"]:
        return _openapi("/".join(parts[2:]))
    if parts == ["api"]:
        return {"kind": "APIVersions", "versions": ["v1"]}
    if parts == ["apis"]:
        groups = sorted({(one.group, one.version) for one in RESOURCES if one.group})
        return {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [_group(group, version) for group, version in groups],
        }
    if parts == ["api", "v1"]:
        return _resources("", "v1")
    if len(parts) == 3 and parts[0] == "apis":
        return _resources(parts[1], parts[2])
    return None


def _group(group: str, version: str) -> dict[str, Any]:
    named = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [named], "preferredVersion": named}


def _resources(group: str, version: str) -> dict[str, Any] | None:
    served = [one for one in RESOURCES if (one.group, one.version) == (group, version)]
    if not served:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": served[0].api_version,
        "resources": [
            {
                "name": one.plural,
                "singularName": one.kind.lower(),
                "namespaced": one.namespaced,
                "kind": one.kind,
                "verbs": _VERBS,
                "shortNames": list(one.short_names),
            }
            for one in served
        ],
    }


def _openapi(root: str) -> dict[str, Any] | None:
    """As much OpenAPI as tells kubectl that validating fields is the server's business."""
    by_root: dict[str, list[Resource]] = {}
    for one in RESOURCES:
        version = f"apis/{one.api_version}" if one.group else f"api/{one.version}"
        by_root.setdefault(version, []).append(one)
    if not root:
        paths: dict[str, Any] = {
            version: {"serverRelativeURL": f"/openapi/v3/{version}"} for version in by_root
        }
    elif root in by_root:
        paths = {f"{one.collection()}/{{name}}": _patch(one) for one in by_root[root]}
    else:
        return None
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "light"}, "paths": paths}


def _patch(resource: Resource) -> dict[str, Any]:
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    validation = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
    operation = {"x-kubernetes-group-version-kind": kind, "parameters": [validation]}
    return {"patch": operation | {"responses": {}}}


def kind_of(group: str, plural: str) -> str:
    """The kind of a resource's objects: as listed, or (a custom resource) guessed from its name."""
    for one in RESOURCES:
        if (one.group, one.plural) == (group, plural):
            return one.kind
    return plural.removesuffix("s").capitalize()
