"""A Pod as scheduling and draining look at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sigopt_sandbox.clusters.autoscaler.values.quantities import Amounts, amounts, largest, total

Key = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class Pod:
    """One Pod, or what a DaemonSet would make of its template."""

    key: Key
    uid: str
    requests: Amounts
    """What the scheduler reserves for it, one of "pods" included."""
    node_selector: Mapping[str, str]
    node_affinity: Mapping[str, Any]
    """The required node affinity, as a NodeSelector; empty without one."""
    tolerations: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    owner_kind: str
    """The kind of its controller, or ""."""
    node: str
    """The node it is bound to, or ""."""
    priority: int
    phase: str
    unschedulable: bool
    """Whether the scheduler found no place for it."""
    deleting: bool
    created: str
    """Its creation timestamp, RFC 3339."""
    volumes: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """As events and logs name it: namespace/name."""
        return "/".join(self.key)

    @cached_property
    def kind_of_pod(self) -> str:
        """Equal for pods that fit the same nodes."""
        wanted = [self.requests, dict(self.node_selector), self.node_affinity, self.tolerations]
        return json.dumps(wanted, sort_keys=True, default=dict)

    @property
    def of_daemon_set(self) -> bool:
        """Whether a DaemonSet made it."""
        return self.owner_kind == "DaemonSet"

    @property
    def mirror(self) -> bool:
        """Whether a kubelet made it from a file."""
        return "kubernetes.io/config.mirror" in self.annotations

    @property
    def finished(self) -> bool:
        """Whether it will never run again (the autoscaler does not list such pods at all)."""
        return self.phase in ("Succeeded", "Failed")


def read_pod(item: Mapping[str, Any]) -> Pod:
    """A Pod from the API server's JSON."""
    metadata, spec, status = item["metadata"], item["spec"], item.get("status", {})
    owners = [one for one in metadata.get("ownerReferences") or () if one.get("controller")]
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    return Pod(
        key=(metadata.get("namespace", ""), metadata.get("name", "")),
        uid=metadata.get("uid", ""),
        requests=pod_requests(spec) | {"pods": 1000},
        node_selector=spec.get("nodeSelector") or {},
        node_affinity=affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {},
        tolerations=tuple(spec.get("tolerations") or ()),
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        owner_kind=owners[0]["kind"] if owners else "",
        node=spec.get("nodeName", ""),
        priority=spec.get("priority") or 0,
        phase=status.get("phase", ""),
        unschedulable=_unschedulable(status),
        deleting="deletionTimestamp" in metadata,
        created=metadata.get("creationTimestamp") or "",
        volumes=tuple(spec.get("volumes") or ()),
    )


def pod_requests(spec: Mapping[str, Any]) -> Amounts:
    """The effective requests of a pod.

    Containers together, or its largest init container with the sidecars before it, whichever is
    more, plus the overhead; requests of the pod as a whole come before those of its containers.
    """
    sidecars: Amounts = {}
    starting: Amounts = {}
    for container in spec.get("initContainers") or ():
        wanted = _container_requests(container)
        if container.get("restartPolicy") == "Always":
            sidecars = total((sidecars, wanted))
            wanted = {}
        starting = largest(starting, total((sidecars, wanted)))
    running = [_container_requests(container) for container in spec.get("containers") or ()]
    wanted = largest(total([*running, sidecars]), starting)
    wanted |= amounts((spec.get("resources") or {}).get("requests"))
    return total((wanted, amounts(spec.get("overhead"))))


def _container_requests(container: Mapping[str, Any]) -> Amounts:
    resources = container.get("resources") or {}
    # The API server defaults requests to limits; templates of DaemonSets come without that.
    return amounts(resources.get("limits")) | amounts(resources.get("requests"))


def _unschedulable(status: Mapping[str, Any]) -> bool:
    return any(
        condition.get("type") == "PodScheduled"
        and condition.get("status") == "False"
        and condition.get("reason") == "Unschedulable"
        for condition in status.get("conditions") or ()
    )


def moment(timestamp: str) -> datetime:
    """An RFC 3339 timestamp of the API server."""
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
