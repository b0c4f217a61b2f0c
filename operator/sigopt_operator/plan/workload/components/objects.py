"""Kubernetes objects as data: what a component consists of, and whose it is.

Everything is applied by server-side apply as one field manager, and marked with the resource's UID:
an object of a wanted name without that mark is somebody else's.
https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sigopt_operator.plan.ownership import TAG_UID
from sigopt_operator.plan.wish import Wish

FIELD_MANAGER: Final = "sigopt-operator"
LABEL_UID: Final = TAG_UID
"""On every object: the UID of the SigOptCluster that it was made for."""
LABEL_COMPONENT: Final = "orchestrate.sigopt.com/component"
APPLIED: Final = "orchestrate.sigopt.com/applied"
"""Annotation: a digest of what was applied, so that a field that is no longer wanted is noticed."""

Manifest = Mapping[str, Any]
"""A Kubernetes object as one would write it in YAML."""


@dataclass(frozen=True, order=True)
class ObjectId:
    """Which object; `namespace` is empty for one that lives in none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}".replace(" /", " ")


@dataclass(frozen=True)
class Component:
    """Some objects that belong together."""

    name: str
    spec_field: str
    """Where the spec wishes it, `spec.autoscaler`."""
    objects: tuple[Manifest, ...]
    """In the order in which they are applied, marked."""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".rstrip()

    @property
    def ids(self) -> tuple[ObjectId, ...]:
        """Which objects it consists of."""
        return tuple(map(id_of, self.objects))


def id_of(manifest: Manifest) -> ObjectId:
    """Which object that is."""
    meta = manifest["metadata"]
    return ObjectId(manifest["kind"], meta.get("namespace", ""), meta["name"])


def component(
    want: Wish, name: str, spec_field: str, objects: tuple[Manifest, ...], version: str = ""
) -> Component:
    """A component of these objects, every one of them marked as the resource's."""
    return Component(
        name, spec_field, tuple(_marked(want, name, each) for each in objects), version
    )


def _marked(want: Wish, name: str, manifest: Manifest) -> Manifest:
    meta = manifest["metadata"]
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]
    labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/managed-by": FIELD_MANAGER,
        LABEL_COMPONENT: name,
        LABEL_UID: want.uid,
    }
    marked = {
        **meta,
        "labels": {**meta.get("labels", {}), **labels},
        "annotations": {**meta.get("annotations", {}), APPLIED: digest},
    }
    return {**manifest, "metadata": marked}


def cluster_role(name: str, rules: list[dict[str, Any]]) -> Manifest:
    """A ClusterRole."""
    return _rbac("ClusterRole", {"name": name}, rules=rules)


def role(namespace: str, name: str, rules: list[dict[str, Any]]) -> Manifest:
    """A Role."""
    return _rbac("Role", {"name": name, "namespace": namespace}, rules=rules)


def cluster_role_binding(name: str, service_account: ObjectId) -> Manifest:
    """The ClusterRole of that name bound to a service account."""
    return _rbac(
        "ClusterRoleBinding",
        {"name": name},
        roleRef=_reference("ClusterRole", name),
        subjects=[_subject(service_account)],
    )


def role_binding(namespace: str, name: str, service_account: ObjectId) -> Manifest:
    """The Role of that name bound to a service account."""
    return _rbac(
        "RoleBinding",
        {"name": name, "namespace": namespace},
        roleRef=_reference("Role", name),
        subjects=[_subject(service_account)],
    )


def service_account(namespace: str, name: str) -> Manifest:
    """A ServiceAccount."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace},
    }


def rule(groups: str, resources: str, verbs: str, names: str = "") -> dict[str, Any]:
    """A rule of RBAC; each argument is a list in words, and `core` is the group without a name."""
    told: dict[str, Any] = {
        "apiGroups": ["" if group == "core" else group for group in groups.split()],
        "resources": resources.split(),
        "verbs": verbs.split(),
    }
    return told | ({"resourceNames": names.split()} if names else {})


def _rbac(kind: str, meta: dict[str, str], **fields: Any) -> Manifest:
    api = "rbac.authorization.k8s.io/v1"
    return {"apiVersion": api, "kind": kind, "metadata": meta, **fields}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}


def _subject(account: ObjectId) -> dict[str, str]:
    return {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
