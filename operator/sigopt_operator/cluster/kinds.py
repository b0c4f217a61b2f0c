"""Where the API of a cluster has objects of each kind."""

from __future__ import annotations

from typing import Final

from sigopt_operator.plan.workload.components.objects import ObjectId

_CORE: Final = "/api/v1"
_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
KINDS: Final = {
    "ClusterRole": (_RBAC, "clusterroles"),
    "ClusterRoleBinding": (_RBAC, "clusterrolebindings"),
    "DaemonSet": ("/apis/apps/v1", "daemonsets"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "Gateway": ("/apis/gateway.networking.k8s.io/v1", "gateways"),
    "Ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
    "LimitRange": (_CORE, "limitranges"),
    "Namespace": (_CORE, "namespaces"),
    "Node": (_CORE, "nodes"),
    "PersistentVolume": (_CORE, "persistentvolumes"),
    "PersistentVolumeClaim": (_CORE, "persistentvolumeclaims"),
    "Pod": (_CORE, "pods"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
    "ResourceQuota": (_CORE, "resourcequotas"),
    "Role": (_RBAC, "roles"),
    "RoleBinding": (_RBAC, "rolebindings"),
    "Service": (_CORE, "services"),
    "ServiceAccount": (_CORE, "serviceaccounts"),
}
"""The API and the plural of each kind that the operator asks for."""


def collection(kind: str, namespace: str = "") -> str:
    """The path of all objects of a kind: of one namespace, or of everywhere."""
    api, plural = KINDS[kind]
    return f"{api}/namespaces/{namespace}/{plural}" if namespace else f"{api}/{plural}"


def path(id_: ObjectId) -> str:
    """The path of one object."""
    return f"{collection(id_.kind, id_.namespace)}/{id_.name}"
