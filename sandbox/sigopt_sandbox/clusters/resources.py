"""The Kubernetes resources that this process names, with their paths on an API server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Resource:
    """A kind as the API server serves it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    short_names: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """As an object says it: "v1", "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def collection(self, namespace: str = "") -> str:
        """The path of the collection: of one namespace, or (namespace "") of the whole cluster."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        within = f"/namespaces/{quote(namespace)}" if namespace else ""
        return f"{root}{within}/{self.plural}"

    def path(self, name: str, namespace: str = "") -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{quote(name, safe='')}"


NODE = Resource("", "v1", "Node", "nodes", False, ("no",))
POD = Resource("", "v1", "Pod", "pods", True, ("po",))
NAMESPACE = Resource("", "v1", "Namespace", "namespaces", False, ("ns",))
CONFIG_MAP = Resource("", "v1", "ConfigMap", "configmaps", True, ("cm",))
SERVICE_ACCOUNT = Resource("", "v1", "ServiceAccount", "serviceaccounts", True, ("sa",))
SERVICE = Resource("", "v1", "Service", "services", True, ("svc",))
DEPLOYMENT = Resource("apps", "v1", "Deployment", "deployments", True, ("deploy",))
DAEMON_SET = Resource("apps", "v1", "DaemonSet", "daemonsets", True, ("ds",))
STATEFUL_SET = Resource("apps", "v1", "StatefulSet", "statefulsets", True, ("sts",))
REPLICA_SET = Resource("apps", "v1", "ReplicaSet", "replicasets", True, ("rs",))

_RBAC = "rbac.authorization.k8s.io"

RESOURCES = (
    NODE,
    POD,
    NAMESPACE,
    CONFIG_MAP,
    SERVICE_ACCOUNT,
    SERVICE,
    DEPLOYMENT,
    DAEMON_SET,
    STATEFUL_SET,
    REPLICA_SET,
    Resource("", "v1", "Secret", "secrets", True),
    Resource("", "v1", "Event", "events", True, ("ev",)),
    Resource("", "v1", "Endpoints", "endpoints", True, ("ep",)),
    Resource("", "v1", "LimitRange", "limitranges", True, ("limits",)),
    Resource("", "v1", "ResourceQuota", "resourcequotas", True, ("quota",)),
    Resource("", "v1", "PersistentVolume", "persistentvolumes", False, ("pv",)),
    Resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", True, ("pvc",)),
    Resource("batch", "v1", "Job", "jobs", True),
    Resource("batch", "v1", "CronJob", "cronjobs", True, ("cj",)),
    Resource("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", True, ("pdb",)),
    Resource(_RBAC, "v1", "ClusterRole", "clusterroles", False),
    Resource(_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", False),
    Resource(_RBAC, "v1", "Role", "roles", True),
    Resource(_RBAC, "v1", "RoleBinding", "rolebindings", True),
    Resource("storage.k8s.io", "v1", "StorageClass", "storageclasses", False, ("sc",)),
    Resource("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", False, ("pc",)),
    Resource("coordination.k8s.io", "v1", "Lease", "leases", True),
    Resource("networking.k8s.io", "v1", "Ingress", "ingresses", True, ("ing",)),
    Resource("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", True, ("netpol",)),
    Resource("gateway.networking.k8s.io", "v1", "Gateway", "gateways", True, ("gtw",)),
    Resource("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True),
    Resource("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", False),
    Resource(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        False,
        ("crd", "crds"),
    ),
)

_BY_KIND = {(resource.api_version, resource.kind): resource for resource in RESOURCES}


def path_of(manifest: Mapping[str, Any]) -> str:
    """The path of the object a manifest describes. Raises KeyError for a kind not listed here."""
    resource = _BY_KIND[manifest["apiVersion"], manifest["kind"]]
    metadata = manifest["metadata"]
    return resource.path(metadata["name"], metadata.get("namespace", ""))
