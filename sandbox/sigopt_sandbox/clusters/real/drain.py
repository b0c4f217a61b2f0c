"""Taking a node out: cordon, evict, delete, as EKS does for an instance of a node group."""

from __future__ import annotations

import asyncio
import time

from sigopt_sandbox.clusters.nodes import evictable, pods_on
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.real.mirror import Mirror
from sigopt_sandbox.clusters.resources import NODE, POD

EVICTION_SECONDS = 5.0
"""How long disruption budgets may hold pods back, in real time. EKS gives a drain 15 minutes; here
the instance is already gone, and at the usual speed of a sandbox this is five minutes."""
_AGAIN_SECONDS = 0.2


async def drain(api: KubeApi, name: str, pods: Mirror) -> None:
    """Cordon the node, evict its pods as far as their budgets allow, then delete pods and node."""
    await api.merge(NODE.path(name), {"spec": {"unschedulable": True}})
    deadline = time.monotonic() + EVICTION_SECONDS
    while waiting := [pod for pod in pods_on(name, pods.objects) if evictable(pod)]:
        for pod in waiting:
            if "deletionTimestamp" not in pod["metadata"]:
                await api.evict(pod["metadata"]["name"], pod["metadata"]["namespace"])
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(_AGAIN_SECONDS)
    # Without its node nothing would ever end these pods: no grace.
    for pod in pods_on(name, pods.objects):
        metadata = pod["metadata"]
        await api.delete(POD.path(metadata["name"], metadata["namespace"]), grace_seconds=0)
    await api.delete(NODE.path(name))
