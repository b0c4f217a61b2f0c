"""What is read of the control plane and of what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sigopt_operator.observe import inside
from sigopt_operator.observe.control_plane import read_cluster
from sigopt_operator.observe.memory import GROUPS, NAMES, TAGS_OF, TEMPLATES
from sigopt_operator.observe.reading import SHORT
from sigopt_operator.observe.readings.recall import A_DAY, Recall, always
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import (
    AccessEntry,
    Addon,
    Cluster,
    Connection,
    Installed,
    LaunchTemplate,
    NodeGroup,
    PodIdentity,
    ScalingGroup,
)
from sigopt_operator.plan.workload.components.autoscaler import ACCOUNT

CONNECTION = "Connection"
SLOW = "slow lately"
"""What is remembered of a connection test beside its result: that the one before took long too."""
AGAIN_SLOWLY = timedelta(minutes=2)
"""Of real time, between two visits to an API server that take as long as they may: each holds up a
worker meanwhile."""
AT_FIRST = timedelta(minutes=4)
"""In the first half of what a control plane takes, nothing about it is expected to change."""


def _is_made(thing: Cluster | NodeGroup | None) -> bool:
    """Whether EKS is still making it."""
    return thing is not None and thing.status == "CREATING"


@dataclass(frozen=True)
class ClusterReadings(Recall):
    """Of the control plane, node groups, add-ons and access entries."""

    def cluster(self, name: str, version: str | None = None) -> Cluster | None:
        """The control plane; always anew until it has the wanted version."""
        return self._recall(
            "ControlPlane",
            name,
            lambda: read_cluster(self.clients, name),
            lambda told: self._worth_keeping_of(told, version),
            fresh_for=self._fresh_for,
            passing=lambda told: told is None or _is_made(told),
        )

    def _fresh_for(self, cluster: Cluster | None) -> timedelta:
        if cluster is None:
            return SHORT
        return AT_FIRST if _is_made(cluster) else self._often

    def _worth_keeping_of(self, cluster: Cluster | None, version: str | None) -> bool:
        """Settled as wished, so young that EKS is far from having made it, or not there at all.

        Absence is kept for a minute only, and forgotten with the first thing done about it: a
        creation that comes upon a cluster all the same is told so by EKS.
        """
        if cluster is None:
            return True
        if cluster.status == "CREATING":
            return self.moment.elapsed(cluster.created_at) < AT_FIRST
        return cluster.status == "ACTIVE" and version in (None, cluster.version)

    def worth_a_deeper_look(self, cluster: Cluster) -> bool:
        """Whether it has stood for so long that somebody may have changed what is behind it."""
        return self.moment.elapsed(cluster.created_at) >= self._rarely

    def node_group_names(self, cluster: str) -> tuple[str, ...]:
        """Names of the node groups."""
        return self._recall(
            "NodePools",
            "names",
            lambda: inside.list_node_groups(self.clients, cluster),
            always,
            fresh_for=self._often,
        )

    def node_group(self, cluster: str, name: str) -> NodeGroup | None:
        """One node group."""
        return self._recall(
            "NodePools",
            name,
            lambda: inside.read_node_group(self.clients, cluster, name),
            self._worth_keeping,
            fresh_for=lambda group: SHORT if _is_made(group) else self._often,
            passing=_is_made,
        )

    def _worth_keeping(self, group: NodeGroup | None) -> bool:
        """Settled; or EKS can hardly have made it yet; or it has no nodes for which others wait."""
        if group is None:
            return False
        young = self.moment.elapsed(group.created_at) < SHORT or not group.desired_size
        return group.status == "ACTIVE" or (group.status == "CREATING" and young)

    def nothing_in_it_yet(self) -> None:
        """While a control plane is being made EKS makes no node group in it: so a creation need not
        look for launch templates before it makes its first, where no earlier resource left some."""
        self.memory.keep("NodePools", TEMPLATES, (), self._rarely, self.moment)

    def launch_templates(
        self, cluster: str, *, leaving: bool = False
    ) -> tuple[LaunchTemplate, ...]:
        """The node groups' launch templates; what is not shown at the end would be left behind."""
        return self._recall(
            "NodePools",
            TEMPLATES,
            lambda: inside.read_launch_templates(self.clients, cluster),
            always,
            fresh_for=SHORT if leaving else self._rarely,
        )

    def scaling_groups(self, names: tuple[str, ...]) -> dict[str, ScalingGroup]:
        """The auto scaling groups behind the node groups, by name: in one call."""
        return self._recall(
            GROUPS,
            " ".join(names),
            lambda: inside.read_scaling_groups(self.clients, names),
            always,
            fresh_for=SHORT,
        )

    def addon_names(self, cluster: str) -> tuple[str, ...]:
        """Names of the add-ons."""
        return self._recall(
            "Addons",
            "names",
            lambda: inside.list_addons(self.clients, cluster),
            always,
            fresh_for=self._often,
        )

    def addon(self, cluster: str, name: str) -> Addon | None:
        """One add-on."""
        return self._recall(
            "Addons",
            name,
            lambda: inside.read_addon(self.clients, cluster, name),
            lambda addon: addon is not None and addon.status == "ACTIVE",
            fresh_for=self._rarely,
        )

    def access_entry(self, cluster: str, arn: str) -> AccessEntry | None:
        """One principal's access."""
        return self._recall(
            "Access",
            arn,
            lambda: inside.read_access_entry(self.clients, cluster, arn),
            lambda entry: entry is not None,
            fresh_for=self._often,
        )

    def pod_identity(self, cluster: str) -> PodIdentity | None:
        """The association of cluster-autoscaler's service account."""
        return self._recall(
            "Workload",
            "pod identity",
            lambda: inside.read_pod_identity(
                self.clients, cluster, ACCOUNT.namespace, ACCOUNT.name
            ),
            always,
            fresh_for=self._often,
            cost=2,
        )

    def installed(self, look: Callable[[], Installed]) -> Installed:
        """What stands in the cluster itself of the operator's objects; costs AWS nothing."""
        return self._recall(
            "Components",
            "installed",
            look,
            lambda found: not found.problem and not found.unavailable,
            fresh_for=self._often,
            cost=0,
        )

    def connection(self, test: Callable[[], Connection]) -> Connection:
        """The connection test of a cluster that is made; one that failed slowly holds a while.

        Not the first: a packet may have been lost. An edit tests anew: it may be what mends it.
        """
        pause = self.moment.real(AGAIN_SLOWLY)

        def holds(told: Connection) -> bool:
            before = self.memory.knows(CONNECTION, SLOW)
            self.memory.forget(CONNECTION, SLOW)
            if told.slow:
                self.memory.keep(CONNECTION, SLOW, True, 2 * pause, self.moment, passing=True)
            return told.slow and before

        return self._recall(
            CONNECTION,
            "tested",
            test,
            holds,
            fresh_for=pause,
            cost=0,
            passing=always,
        )

    def tagged_entry(self, cluster: str, arn: str, uid: str) -> AccessEntry | None:
        """One principal's entry without its policies: whose it is hardly ever changes."""
        return self._recall(
            "Access",
            TAGS_OF + arn,
            lambda: inside.read_tagged_entry(self.clients, cluster, arn),
            lambda entry: entry is not None,
            fresh_for=lambda entry: (
                self._rarely if entry and ours(entry.tags or {}, uid) else A_DAY
            ),
        )

    def tagged_entry_anew(self, cluster: str, arn: str, uid: str) -> AccessEntry | None:
        """The same, whatever was read of it before."""
        self.memory.forget("Access", TAGS_OF + arn)
        return self.tagged_entry(cluster, arn, uid)

    def may_look_at_tags(self, arn: str) -> bool:
        """Whether this round has a call to spare for whose an entry is."""
        return self._spare("Access", TAGS_OF + arn, cost=1)

    def entry_principals(self, cluster: str) -> tuple[str, ...]:
        """Who has an access entry; always anew while it lacks one that was just made."""
        lately = self.memory.doubts.entries(self.moment)
        return self._recall(
            "Access",
            NAMES,
            lambda: inside.list_access_entries(self.clients, cluster),
            lambda told: lately <= set(told),
            fresh_for=self._rarely,
        )
