"""The objects of EKS add-ons: workloads with the names and images that people look for.

They are stand-ins: pods of simulated nodes run nothing. What counts is that they are there, where
the add-on's own are, that they become ready when nodes join, and go when the add-on goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.clusters.wanted import WantedAddon

_EVERYWHERE = [{"operator": "Exists"}]
_COREDNS_TOLERATIONS = [
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
]
_DAEMONS = {
    "vpc-cni": ("aws-node", "amazon-k8s-cni"),
    "kube-proxy": ("kube-proxy", "eks/kube-proxy"),
    "eks-pod-identity-agent": ("eks-pod-identity-agent", "eks/eks-pod-identity-agent"),
    "eks-node-monitoring-agent": ("eks-node-monitoring-agent", "eks/eks-node-monitoring-agent"),
}
"""Of each add-on that is a DaemonSet: the DaemonSet's name, and its image's repository."""


def addon_manifests(addon: WantedAddon, region: str) -> tuple[dict[str, Any], ...]:
    """The objects of one add-on; none for an add-on without a stand-in."""
    if addon.name in _DAEMONS:
        name, repository = _DAEMONS[addon.name]
        template = _template(name, _image(repository, addon, region), _EVERYWHERE)
        daemon_set = _workload("DaemonSet", name, {"selector": _selector(name)} | template)
        return (_account(name), daemon_set, *_configuration(addon.name))
    if addon.name == "coredns":
        return _coredns(addon, region)
    return ()


def _coredns(addon: WantedAddon, region: str) -> tuple[dict[str, Any], ...]:
    """Two replicas, a disruption budget, and the Service that every pod's resolver names."""
    name = "coredns"
    template = _template(name, _image("eks/coredns", addon, region), _COREDNS_TOLERATIONS)
    labels = {"k8s-app": "kube-dns"}
    template["template"]["metadata"]["labels"] |= labels
    deployment = _workload(
        "Deployment", name, {"replicas": 2, "selector": _selector(name)} | template
    )
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(name),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata("kube-dns"),
        "spec": {
            "selector": labels,
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP"},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
            ],
        },
    }
    return (_account(name), deployment, budget, service, _config_map(name, "Corefile", ".:53 {}"))


def _configuration(addon: str) -> tuple[dict[str, Any], ...]:
    if addon == "vpc-cni":
        return (_config_map("amazon-vpc-cni", "enable-network-policy-controller", "false"),)
    if addon == "kube-proxy":
        return (_config_map("kube-proxy-config", "config", "mode: iptables\n"),)
    return ()


def _image(repository: str, addon: WantedAddon, region: str) -> str:
    """The image in the account from which EKS serves add-ons in most regions."""
    tag = addon.version or "latest"
    return f"602401143452.dkr.ecr.{region}.amazonaws.com/{repository}:{tag}"


def _metadata(name: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name, "k8s-app": name}
    return {"name": name, "namespace": "kube-system", "labels": labels}


def _selector(name: str) -> dict[str, Any]:
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def _account(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(name)}


def _config_map(name: str, key: str, value: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(name),
        "data": {key: value},
    }


def _workload(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": _metadata(name),
        "spec": dict(spec),
    }


def _template(name: str, image: str, tolerations: list[dict[str, str]]) -> dict[str, Any]:
    container = {
        "name": name,
        "image": image,
        "resources": {"requests": {"cpu": "25m", "memory": "70Mi"}},
    }
    return {
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": name}},
            "spec": {
                "serviceAccountName": name,
                "priorityClassName": "system-node-critical",
                "tolerations": tolerations,
                "containers": [container],
            },
        }
    }
