"""NVIDIA's device plugin: EKS's NVIDIA images have the driver, and not the plugin.

As its static manifest has it (NVIDIA/k8s-device-plugin, deployments/static), but on GPU nodes only:
elsewhere it would crash.
"""

from __future__ import annotations

from typing import Any, Final

from sigopt_operator.plan.node_pools.settings import GPU_PRESENT_LABEL
from sigopt_operator.plan.wish import DevicePluginWish, Wish
from sigopt_operator.plan.workload.components.objects import Component, Manifest, component

NAME: Final = "nvidia-device-plugin"
NAMESPACE: Final = "kube-system"
"""Its hostPath is against the pod security that the training namespace has."""
IMAGE: Final = "nvcr.io/nvidia/k8s-device-plugin"
VERSION: Final = "v0.20.0"
SOCKETS: Final = "/var/lib/kubelet/device-plugins"


def device_plugin_component(want: Wish, plugin: DevicePluginWish) -> Component:
    """A DaemonSet for nodes that the operator labelled as such with a GPU."""
    version = plugin.version or VERSION
    image = f"{plugin.image or IMAGE}:{version}"
    return component(want, NAME, "spec.devicePlugin", (_daemon_set(image),), version)


def _daemon_set(image: str) -> Manifest:
    labels = {"app": NAME}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": labels}, "spec": _pod(image)},
        },
    }


def _pod(image: str) -> dict[str, Any]:
    present = {"key": GPU_PRESENT_LABEL, "operator": "In", "values": ["true"]}
    return {
        "priorityClassName": "system-node-critical",
        # Also those of the spec: without it a node has no GPU to give.
        "tolerations": [{"operator": "Exists"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [present]}]
                }
            }
        },
        "containers": [
            {
                "name": NAME,
                "image": image,
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "sockets", "mountPath": SOCKETS}],
            }
        ],
        "volumes": [{"name": "sockets", "hostPath": {"path": SOCKETS}}],
    }
