"""cluster-autoscaler: adds nodes for pods that wait, from zero, and takes away idle ones.

As its example for AWS has it (kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/examples,
cluster-autoscaler-autodiscover.yaml), on the system pool, with the rights of its role by EKS Pod
Identity.
"""

from __future__ import annotations

from typing import Any, Final

from sigopt_operator.plan.node_pools.settings import TYPE_LABEL
from sigopt_operator.plan.wish import SYSTEM_POOL, AutoscalerWish, Wish
from sigopt_operator.plan.workload.components.objects import (
    Component,
    Manifest,
    ObjectId,
    cluster_role,
    cluster_role_binding,
    component,
    role,
    role_binding,
    rule,
    service_account,
)

NAME: Final = "cluster-autoscaler"
NAMESPACE: Final = "kube-system"
ACCOUNT: Final = ObjectId("ServiceAccount", NAMESPACE, NAME)
DEPLOYMENT: Final = ObjectId("Deployment", NAMESPACE, NAME)
IMAGE: Final = "registry.k8s.io/autoscaling/cluster-autoscaler"
NEWEST: Final = {
    "1.30": "v1.30.7",
    "1.31": "v1.31.5",
    "1.32": "v1.32.7",
    "1.33": "v1.33.6",
    "1.34": "v1.34.5",
    "1.35": "v1.35.2",
    "1.36": "v1.36.1",
}
"""The newest patch known of each minor: it has to be of the cluster's own (cluster-autoscaler's
README, "Releases"). Of a minor that is newer than this operator its first patch serves."""
IDENTITY: Final = "orchestrate.sigopt.com/pod-identity"
"""Annotation of the pods: EKS gives a pod its identity when it is made, so another association
means other pods (EKS User Guide, "pod identities")."""
NOBODY: Final = 65534


def version_of(autoscaler: AutoscalerWish, kubernetes: str) -> str:
    """The tag of the image for a cluster of this minor version."""
    return autoscaler.version or NEWEST.get(kubernetes, f"v{kubernetes}.0")


def autoscaler_component(
    want: Wish, autoscaler: AutoscalerWish, kubernetes: str, association: str
) -> Component:
    """All of it, for a cluster of this minor version; `association` is that of its identity."""
    version = version_of(autoscaler, kubernetes)
    image = f"{autoscaler.image or IMAGE}:{version}"
    objects = (
        service_account(NAMESPACE, NAME),
        cluster_role(NAME, _everywhere()),
        cluster_role_binding(NAME, ACCOUNT),
        role(NAMESPACE, NAME, _in_its_namespace()),
        role_binding(NAMESPACE, NAME, ACCOUNT),
        _deployment(want, autoscaler, image, association),
    )
    return component(want, NAME, "spec.autoscaler", objects, version)


def _everywhere() -> list[dict[str, Any]]:
    look = "get list watch"
    return [
        rule("core", "events endpoints", "create patch"),
        rule("core", "pods/eviction", "create"),
        rule("core", "pods/status", "update"),
        rule("core", "endpoints", "get update", NAME),
        rule("core", "nodes", f"{look} update"),
        rule(
            "core",
            "namespaces pods services replicationcontrollers persistentvolumeclaims"
            " persistentvolumes",
            look,
        ),
        rule("policy", "poddisruptionbudgets", look),
        rule("apps", "deployments daemonsets replicasets statefulsets", look),
        rule("batch", "jobs cronjobs", look),
        rule("batch", "jobs", "patch"),
        rule(
            "storage.k8s.io",
            "storageclasses csinodes csidrivers csistoragecapacities volumeattachments",
            look,
        ),
        rule("resource.k8s.io", "deviceclasses resourceslices resourceclaims", look),
        rule("coordination.k8s.io", "leases", "create"),
        rule("coordination.k8s.io", "leases", "get update", NAME),
    ]


def _in_its_namespace() -> list[dict[str, Any]]:
    names = "cluster-autoscaler-status cluster-autoscaler-priority-expander"
    return [
        rule("core", "configmaps", "create list watch"),
        rule("core", "configmaps", "delete get update watch", names),
    ]


def _deployment(want: Wish, autoscaler: AutoscalerWish, image: str, association: str) -> Manifest:
    labels = {"app": NAME}
    pod = {
        "serviceAccountName": NAME,
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {TYPE_LABEL: SYSTEM_POOL},
        # The one taint that the system pool may have.
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": NOBODY,
            "fsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(want, autoscaler, image)],
    }
    template = {
        "metadata": {"labels": labels, "annotations": {IDENTITY: association}},
        "spec": pod,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }


def _container(want: Wish, autoscaler: AutoscalerWish, image: str) -> dict[str, Any]:
    tags = f"k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/{want.cluster_name}"
    return {
        "name": NAME,
        "image": image,
        "command": ["./cluster-autoscaler"],
        "args": [
            "--cloud-provider=aws",
            f"--node-group-auto-discovery=asg:tag={tags}",
            f"--expander={autoscaler.expander}",
            f"--scale-down-unneeded-time={autoscaler.scale_down_delay}",
            f"--scale-down-delay-after-add={autoscaler.scale_down_delay}",
            # Or one pod with an emptyDir, or one of kube-system, keeps a node of its own for ever.
            "--skip-nodes-with-local-storage=false",
            "--skip-nodes-with-system-pods=false",
            "--stderrthreshold=info",
            "--v=2",
        ],
        "env": [
            {"name": "AWS_REGION", "value": want.region},
            {"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"},
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": "600Mi"},
            "limits": {"memory": "600Mi"},
        },
        "livenessProbe": {"httpGet": {"path": "/health-check", "port": 8085}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
