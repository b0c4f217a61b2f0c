"""What a fresh EKS cluster has beyond what every API server makes for itself.

From the EKS user guide (default roles and users; add-ons) and what users list of their clusters.
"""

from __future__ import annotations

from typing import Any

_RBAC = "rbac.authorization.k8s.io"


def bootstrap_manifests() -> tuple[dict[str, Any], ...]:
    """The objects, in the order in which they are applied."""
    return (
        _storage_class(),
        # Who deletes this binding ends EKS's management of the cluster's add-ons (user guide).
        _binding("eks:addon-cluster-admin", "cluster-admin", "User", "eks:addon-manager"),
        _cluster_role("eks:addon-manager", [_rule("apps", ["daemonsets", "deployments"], ["*"])]),
        _cluster_role("eks:nodewatcher", [_rule("", ["nodes"], ["get", "list", "watch"])]),
        _binding("eks:nodewatcher", "eks:nodewatcher", "User", "eks:nodewatcher"),
        _cluster_role(
            "eks:node-bootstrapper",
            [
                _rule(
                    "certificates.k8s.io", ["certificatesigningrequests/selfnodeserver"], ["create"]
                )
            ],
        ),
        _binding("eks:node-bootstrapper", "eks:node-bootstrapper", "Group", "system:nodes"),
        _cluster_role("vpc-resource-controller-role", [_rule("", ["nodes", "pods"], ["*"])]),
    )


def _storage_class() -> dict[str, Any]:
    """gp2, which is not the default since Kubernetes 1.30."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "gp2"},
        "provisioner": "kubernetes.io/aws-ebs",
        "parameters": {"type": "gp2", "fsType": "ext4"},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _cluster_role(name: str, rules: list[dict[str, list[str]]]) -> dict[str, Any]:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules,
    }


def _binding(name: str, role: str, subject_kind: str, subject: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": subject_kind, "name": subject}],
    }
