"""What an operator leaves in the cluster that it makes, and beside the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.reliability.kube import Kube
from tests.reliability.normal import Dump, living

from sigopt_operator.plan.ownership import TAG_UID

if TYPE_CHECKING:
    from tests.reliability.tenant import Tenant

RBAC = "/apis/rbac.authorization.k8s.io/v1"
COLLECTIONS = (
    *("/api/v1/namespaces", "/api/v1/serviceaccounts"),
    *("/apis/apps/v1/deployments", "/apis/apps/v1/daemonsets"),
    *(f"{RBAC}/roles", f"{RBAC}/rolebindings"),
    *(f"{RBAC}/clusterroles", f"{RBAC}/clusterrolebindings"),
)

Object = dict[str, Any]


def objects_inside(tenant: Tenant, dump: Dump) -> list[Object]:
    """What carries a resource's label in the cluster, as its own administrator sees it."""
    if not any(kind == "eks:cluster" for kind, _, _ in living(dump)):
        return []
    place = f"{tenant.account}-{tenant.sandbox.state.region}-{tenant.name}"
    kube = Kube.of(tenant.sandbox.layout.clusters / place / "kubeconfig")
    return [each for path in COLLECTIONS for each in _labelled(kube, path)]


def secrets_beside(tenant: Tenant) -> list[Object]:
    """The Secrets that operators made in the tenant's namespace."""
    return _labelled(tenant.kube, f"/api/v1/namespaces/{tenant.namespace}/secrets")


def _labelled(kube: Kube, path: str) -> list[Object]:
    found = kube("GET", path)
    kind = str(found["kind"]).removesuffix("List")
    return [
        {**each, "kind": kind}
        for each in found["items"]
        if TAG_UID in each["metadata"].get("labels", {})
    ]
