"""Whether the Pod's service account may read what cluster-autoscaler's informers read.

The real one lists and watches all of it before its first loop, and waits for ever for what it may
not. Most of it does not count here, so that it is asked for once and not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sigopt_sandbox.clusters.real.kube_api import ApiError, KubeApi
from sigopt_sandbox.clusters.resources import (
    DAEMON_SET,
    NAMESPACE,
    NODE,
    POD,
    REPLICA_SET,
    SERVICE,
    STATEFUL_SET,
    Resource,
)

BUDGET = Resource("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", True)
_STORAGE, _DEVICES = "storage.k8s.io", "resource.k8s.io"
INFORMERS = (
    POD,
    NODE,
    NAMESPACE,
    SERVICE,
    Resource("", "v1", "ReplicationController", "replicationcontrollers", True),
    Resource("", "v1", "PersistentVolume", "persistentvolumes", False),
    Resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", True),
    DAEMON_SET,
    REPLICA_SET,
    STATEFUL_SET,
    Resource("batch", "v1", "Job", "jobs", True),
    BUDGET,
    Resource(_STORAGE, "v1", "StorageClass", "storageclasses", False),
    Resource(_STORAGE, "v1", "CSINode", "csinodes", False),
    Resource(_STORAGE, "v1", "CSIDriver", "csidrivers", False),
    Resource(_STORAGE, "v1", "CSIStorageCapacity", "csistoragecapacities", True),
    Resource(_STORAGE, "v1", "VolumeAttachment", "volumeattachments", False),
    Resource(_DEVICES, "v1", "DeviceClass", "deviceclasses", False),
    Resource(_DEVICES, "v1", "ResourceSlice", "resourceslices", False),
    Resource(_DEVICES, "v1", "ResourceClaim", "resourceclaims", True),
)
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def missing_rights(api: KubeApi) -> list[str]:
    """What cannot be read, in the words of a reflector; empty when nothing is missing."""
    found = await asyncio.gather(*(_missing(api, resource) for resource in INFORMERS))
    return _flat(found)


async def _missing(api: KubeApi, resource: Resource) -> list[str]:
    try:
        await api.list(resource.collection(), limit="1")
    except ApiError as error:
        if error.status == 404:  # this API server does not serve it: the real one does not ask
            return []
        return [f"failed to list *{_go_type(resource)}: {error.message}"]
    if await _may_watch(api, resource):
        return []
    what = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
    return [f"failed to watch *{_go_type(resource)}: {what} is forbidden"]


async def _may_watch(api: KubeApi, resource: Resource) -> bool:
    attributes = {"verb": "watch", "group": resource.group, "resource": resource.plural}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await api.ask(_REVIEWS, review)
    return bool(answer["status"]["allowed"])


def _go_type(resource: Resource) -> str:
    return f"{resource.version}.{resource.kind}"


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return [text for one in lists for text in one]
