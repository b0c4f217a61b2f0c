"""What the simulated AWS says should exist: clusters, their add-ons and their nodes, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GPU_RESOURCE = "nvidia.com/gpu"


@dataclass(frozen=True, order=True)
class ClusterKey:
    """Which cluster: EKS names are unique in an account and region."""

    account: str
    region: str
    name: str

    @property
    def path(self) -> str:
        """The key as three segments of a URL path or of an etcd prefix."""
        return f"{self.account}/{self.region}/{self.name}"

    @property
    def directory(self) -> str:
        """The key as the name of one directory."""
        return f"{self.account}-{self.region}-{self.name}"


@dataclass(frozen=True)
class NodeTaint:
    """A taint as Kubernetes writes it (`NoSchedule`, not EKS's `NO_SCHEDULE`)."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class WantedNode:
    """One instance in service, as the Node it registers."""

    name: str
    instance_id: str
    provider_id: str
    zone: str
    instance_type: str
    version: str
    """The Kubernetes version of its node group, which may be behind the cluster's: "1.34"."""
    labels: tuple[tuple[str, str], ...]
    taints: tuple[NodeTaint, ...]
    capacity: tuple[tuple[str, str], ...]
    """What the kubelet itself reports; GPUs are not in it (see `gpus`)."""
    gpus: int
    """GPUs in the instance: advertised only once a device plugin runs on the node."""


@dataclass(frozen=True)
class WantedAddon:
    """An EKS add-on whose objects should be in the cluster."""

    name: str
    version: str
    """The add-on's version ("v1.21.1-eksbuild.1"), or "" when not said."""


@dataclass(frozen=True)
class WantedCluster:
    """A cluster that should have an endpoint, and what should be in it."""

    key: ClusterKey
    arn: str
    version: str
    nodes: tuple[WantedNode, ...]
    addons: tuple[WantedAddon, ...]


def read_clusters(listed: Iterable[Mapping[str, Any]]) -> dict[ClusterKey, WantedCluster]:
    """Those of the listed clusters that want an endpoint, from the JSON of the aws process."""
    wanted = (_cluster(one) for one in listed if one["wantsEndpoint"])
    return {cluster.key: cluster for cluster in wanted}


def _cluster(listed: Mapping[str, Any]) -> WantedCluster:
    return WantedCluster(
        key=ClusterKey(listed["account"], listed["region"], listed["name"]),
        arn=listed["arn"],
        version=listed["version"],
        nodes=tuple(
            _node(node, listed["version"])
            for node in listed.get("nodes", ())
            if node.get("ready", True)
        ),
        addons=tuple(_addon(addon) for addon in listed.get("addons", ())),
    )


def _node(listed: Mapping[str, Any], cluster_version: str) -> WantedNode:
    capacity = {str(name): str(amount) for name, amount in listed["capacity"].items()}
    gpus = int(capacity.pop(GPU_RESOURCE, listed.get("gpu") or 0))
    return WantedNode(
        name=listed["name"],
        instance_id=listed["instanceId"],
        provider_id=listed["providerID"],
        zone=listed["zone"],
        instance_type=listed["instanceType"],
        version=listed.get("version") or cluster_version,
        labels=tuple(sorted(listed.get("labels", {}).items())),
        taints=tuple(_taint(taint) for taint in listed.get("taints", ())),
        capacity=tuple(sorted(capacity.items())),
        gpus=gpus,
    )


def _taint(listed: Mapping[str, Any]) -> NodeTaint:
    return NodeTaint(listed["key"], listed.get("value") or "", listed["effect"])


def _addon(listed: str | Mapping[str, Any]) -> WantedAddon:
    if isinstance(listed, str):
        return WantedAddon(listed, "")
    return WantedAddon(listed["name"], listed.get("version") or "")
