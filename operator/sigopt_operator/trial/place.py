"""What the management cluster says of a cluster: the way in, from the status of its resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigopt_operator.api.resource import InvalidResource, SigOptCluster
from sigopt_operator.api.spec import ManagementPolicy, Provider
from sigopt_operator.api.status import ConditionType, Status
from sigopt_operator.plan.kubeconfig.file import Way
from sigopt_operator.trial.links import BrokenLinkError, Link


@dataclass(frozen=True)
class Place:
    """A resource that has a cluster, and the way into it."""

    resource: SigOptCluster
    status: Status
    way: Way

    @property
    def name(self) -> str:
        """The resource in words."""
        return f"SigOptCluster {self.resource.namespace}/{self.resource.name}"

    @property
    def theirs(self) -> bool:
        """Whether somebody else made the cluster: it has no role, and nothing is done to it."""
        return self.way.role_arn is None

    @property
    def partition(self) -> str:
        """Of AWS, that the cluster is in."""
        return (self.status.cluster_arn or "arn:aws:").split(":")[1]

    def acted_upon(self, within: str = "within seconds") -> str:
        """When the operator does what its spec says of access: so soon, if it does anything."""
        if self.resource.spec.management_policy is ManagementPolicy.OBSERVE:
            return "once its spec.managementPolicy is Full again: Observe changes nothing"
        return within

    def told(self, kind: ConditionType) -> str:
        """What a condition says, if it is not True; else empty."""
        found = self.status.condition(kind)
        return "" if found is None or found.status == "True" else f"{kind}: {found.message}"


def place_of(obj: Mapping[str, Any] | None, namespace: str, name: str) -> Place:
    """The place from the API server's JSON; raises BrokenLinkError(RESOURCE)."""
    if obj is None:
        raise BrokenLinkError(
            Link.RESOURCE,
            f"there is no SigOptCluster {namespace}/{name}",
            "check the name and the namespace (-n), and which management cluster your kubeconfig "
            "leads to: kubectl get soc --all-namespaces",
        )
    try:
        resource = SigOptCluster.parse(obj)
    except InvalidResource as error:
        raise BrokenLinkError(Link.RESOURCE, str(error), "mend its spec") from error
    if resource.spec.provider is Provider.CUSTOM:
        raise BrokenLinkError(
            Link.RESOURCE,
            f"{namespace}/{name} has provider: custom, and is used by its own kubeconfig",
            "ask who administers it for one",
        )
    status = resource.status or Status()
    way = _way(resource, status)
    if way is None:
        phase = status.phase or "Pending"
        raise BrokenLinkError(
            Link.RESOURCE,
            f"{namespace}/{name} has no cluster that people can use yet: {phase}"
            + (f", {status.message}" if status.message else ""),
            f"kubectl wait soc {name} -n {namespace} --for=condition=Ready --timeout=30m",
        )
    return Place(resource, status, way)


def _way(resource: SigOptCluster, status: Status) -> Way | None:
    observed = resource.spec.management_policy is ManagementPolicy.OBSERVE
    endpoint, authority, region = status.endpoint, status.certificate_authority, status.region
    role = status.access_role_arn
    if not (endpoint and authority and region):
        return None
    if role is None and not observed:
        return None
    return Way(resource.cluster_name, region, endpoint, authority, role)
