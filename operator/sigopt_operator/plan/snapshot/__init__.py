"""What a decision needs to know about AWS and the cluster, as frozen data: a file for each part.

Absent is `None` (or an empty tuple); no "not found" error travels past `observe`. Times are aware
datetimes in UTC, exactly as AWS reported them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.kubeconfig.secret import FoundSecret, Place
from sigopt_operator.plan.preflight.checks import Checks
from sigopt_operator.plan.snapshot.access import AccessEntry, Connection
from sigopt_operator.plan.snapshot.account import (
    NOBODY,
    Facts,
    Identity,
    InstanceType,
    Release,
    Zone,
)
from sigopt_operator.plan.snapshot.addons import Addon, AddonOffer
from sigopt_operator.plan.snapshot.control_plane import Cluster, Update
from sigopt_operator.plan.snapshot.custom import CustomCluster
from sigopt_operator.plan.snapshot.network import (
    Role,
    RouteTable,
    Stack,
    StackResource,
    Subnet,
    Vpc,
)
from sigopt_operator.plan.snapshot.node_pools import (
    KeptPod,
    LaunchTemplate,
    NodeGroup,
    ScalingGroup,
)
from sigopt_operator.plan.snapshot.workload import Installed, PodIdentity, Unavailable
from sigopt_operator.plan.workload.left import Left, Workload

__all__ = [
    "NOBODY",
    "AccessEntry",
    "Addon",
    "AddonOffer",
    "Cluster",
    "Connection",
    "CustomCluster",
    "Facts",
    "Identity",
    "Installed",
    "InstanceType",
    "KeptPod",
    "LaunchTemplate",
    "NodeGroup",
    "PodIdentity",
    "Release",
    "Role",
    "RouteTable",
    "ScalingGroup",
    "Snapshot",
    "Stack",
    "StackResource",
    "Subnet",
    "Unavailable",
    "Update",
    "Vpc",
    "Zone",
]


@dataclass(frozen=True)
class Snapshot:
    """Everything one decision needs, read at one time.

    `None` in `facts`, `secrets`, `kept_pods`, `releases`, `addon_offers`, `insights`, `left`,
    `workload`, `installed` or `connection` means *not asked in this round*, because the decision
    cannot depend on it yet (or any more); everywhere else absent means absent.
    """

    identity: Identity
    facts: Facts | None = None
    checks: Checks | None = None
    stack: Stack | None = None
    cluster: Cluster | None = None
    stack_doubted: bool = False
    """Not shown, and may be there all the same: it was just asked for. Only at the end."""
    cluster_doubted: bool = False
    """The same of the cluster."""
    subnets: tuple[Subnet, ...] | None = None
    """Those of the given subnets that exist; None: no network of somebody's is used."""
    roles: Mapping[str, Role | None] = field(default_factory=dict)
    """By name, those that were looked at in this round; None: IAM has no such role."""
    vpc: Vpc | None = None
    """The network inside the stack; None: not looked at in this round."""
    node_groups: tuple[NodeGroup, ...] = ()
    launch_templates: tuple[LaunchTemplate, ...] = ()
    addons: tuple[Addon, ...] = ()
    access_entries: tuple[AccessEntry, ...] = ()
    entries_doubted: frozenset[str] = frozenset()
    """Principals whose entries were just made and are not shown: they may have one all the same."""
    releases: tuple[Release, ...] | None = None
    """On offer by EKS, newest first."""
    addon_offers: Mapping[str, AddonOffer] | None = None
    """By the add-on's name."""
    insights: tuple[str, ...] | None = None
    """What EKS found that speaks against the control plane's next version: its own words."""
    kept_pods: tuple[KeptPod, ...] | None = None
    """Pods that keep nodes of a draining node group from going."""
    left: Left | None = None
    workload: Workload | None = None
    installed: Installed | None = None
    pod_identity: PodIdentity | None = None
    connection: Connection | None = None
    custom: CustomCluster | None = None
    """What a kubeconfig leads to; then there is nothing in AWS, and nobody there."""

    @property
    def api_server(self) -> ApiServer | None:
        """Where the cluster's own API answers, whichever cluster it is; None while unknown."""
        if self.custom is not None:
            return self.custom.server
        return self.cluster.api_server if self.cluster else None

    secrets: Mapping[Place, FoundSecret | None] | None = None
    """Secrets of the management cluster that were looked at; None in it: there is none."""
