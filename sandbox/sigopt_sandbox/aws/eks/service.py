"""The simulated EKS as a whole: what its operations share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sigopt_sandbox.aws.eks.clock import Clock
from sigopt_sandbox.aws.eks.cloud import Cloud
from sigopt_sandbox.aws.eks.errors import not_found
from sigopt_sandbox.aws.eks.faults import Fault
from sigopt_sandbox.aws.eks.scheduler import Life, Look, Scheduler
from sigopt_sandbox.aws.eks.store import Addon, Cluster, Doc, Nodegroup, Place, Scope, World
from sigopt_sandbox.aws.eks.switches import Switches
from sigopt_sandbox.aws.failures import Failures

Operation = Callable[["Eks", Place, Doc], Doc]


@dataclass
class Eks:
    """The world, its clock, and the other services of the same simulated AWS.

    `endpoints` says who answers for a cluster's API server: "real" and "light" keep a cluster
    CREATING until an endpoint was reported, "none" gives it a placeholder.
    """

    clock: Clock
    scheduler: Scheduler
    cloud: Cloud
    failures: Failures
    endpoints: str
    world: World = field(default_factory=World)
    switches: Switches = field(default_factory=Switches)
    quotas: dict[str, int] = field(default_factory=dict)

    def cluster(self, scope: Scope, name: str) -> Cluster:
        """The cluster, or EKS's 404 (text observed by users)."""
        found = self.world.get(scope, name)
        if found is None:
            raise not_found(f"No cluster found for name: {name}.", clusterName=name)
        return found

    def held(self, what: str) -> Life:
        """Wait while transitions of `what` are frozen through the admin API."""
        while self.failures.frozen(what):
            yield Look(1.0)

    def fault(self, what: str, *statuses: str) -> Fault | None:
        """The failure armed for `what`, once; with statuses, only one that leads there."""
        failure = self.failures.take(what, *statuses)
        return None if failure is None else Fault(failure.status, failure.message)

    def nodegroup(self, scope: Scope, params: Doc) -> tuple[Cluster, Nodegroup]:
        """The node group that clusterName and nodegroupName of a request name, or EKS's 404."""
        cluster = self.cluster(scope, params["clusterName"])
        name = params["nodegroupName"]
        found = cluster.nodegroups.get(name)
        if found is None:
            raise not_found(
                f"No node group found for name: {name}.",
                clusterName=cluster.name,
                nodegroupName=name,
            )
        return cluster, found

    def addon(self, scope: Scope, params: Doc) -> tuple[Cluster, Addon]:
        """The add-on that clusterName and addonName of a request name, or EKS's 404."""
        cluster = self.cluster(scope, params["clusterName"])
        name = params["addonName"]
        found = cluster.addons.get(name)
        if found is None:
            raise not_found(
                f"No addon: {name} found in cluster: {cluster.name}",
                clusterName=cluster.name,
                addonName=name,
            )
        return cluster, found


def copied(doc: Any) -> Any:
    """A deep copy of API documents: answers never share state with the records."""
    if isinstance(doc, dict):
        return {key: copied(value) for key, value in doc.items()}
    if isinstance(doc, list):
        return [copied(value) for value in doc]
    return doc
