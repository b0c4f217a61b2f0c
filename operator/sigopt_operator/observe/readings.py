"""One round's readings: which area each belongs to, when it is settled, how long it then holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from sigopt_operator.aws.clients import Clients
from sigopt_operator.observe import inside
from sigopt_operator.observe.control_plane import read_cluster
from sigopt_operator.observe.facts import read_facts
from sigopt_operator.observe.identity import read_identity
from sigopt_operator.observe.memory import LONG, SHORT, Memory
from sigopt_operator.observe.network import read_stack
from sigopt_operator.plan.access import CLUSTER_ADMIN
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network import COMPLETE
from sigopt_operator.plan.snapshot import (
    AccessEntry,
    Addon,
    Cluster,
    Facts,
    Identity,
    LaunchTemplate,
    NodeGroup,
    Stack,
)

T = TypeVar("T")
VERY_LONG = timedelta(minutes=15)
FOR_A_CREATION = timedelta(hours=1)
"""What AWS sells does not change while one cluster is made."""


def _always(_value: object) -> bool:
    return True


@dataclass(frozen=True)
class Readings:
    """Reads one thing at a time, from memory where that is settled; raises AwsError."""

    clients: Clients
    memory: Memory
    moment: Moment

    def identity(self) -> Identity:
        """Who the operator is."""
        return self._recall(
            "Identity", "", lambda: read_identity(self.clients), _always, fresh_for=VERY_LONG
        )

    def facts(self, types: tuple[str, ...]) -> Facts:
        """What AWS sells."""
        return self._recall(
            "Facts",
            " ".join((self.clients.region, *types)),
            lambda: read_facts(self.clients, types),
            _always,
            fresh_for=FOR_A_CREATION,
        )

    def stack(self, name: str) -> Stack | None:
        """The CloudFormation stack."""
        return self._recall(
            "Network",
            name,
            lambda: read_stack(self.clients, name),
            lambda stack: stack is not None and stack.status in COMPLETE,
            fresh_for=LONG,
        )

    def cluster(self, name: str) -> Cluster | None:
        """The control plane."""
        return self._recall(
            "ControlPlane",
            name,
            lambda: read_cluster(self.clients, name),
            lambda cluster: cluster is not None and cluster.status == "ACTIVE",
            fresh_for=LONG,
        )

    def node_group_names(self, cluster: str) -> tuple[str, ...]:
        """Names of the node groups."""
        return self._recall(
            "NodePools",
            "names",
            lambda: inside.list_node_groups(self.clients, cluster),
            _always,
            fresh_for=SHORT,
        )

    def node_group(self, cluster: str, name: str) -> NodeGroup | None:
        """One node group."""
        return self._recall(
            "NodePools",
            name,
            lambda: inside.read_node_group(self.clients, cluster, name),
            self._worth_keeping,
            fresh_for=SHORT,
        )

    def _worth_keeping(self, group: NodeGroup | None) -> bool:
        """Settled, or so young that EKS has not made it yet."""
        if group is None:
            return False
        young = self.moment.elapsed(group.created_at) < SHORT
        return group.status == "ACTIVE" or (group.status == "CREATING" and young)

    def launch_templates(self, cluster: str) -> tuple[LaunchTemplate, ...]:
        """The node groups' launch templates."""
        return self._recall(
            "NodePools",
            "launch templates",
            lambda: inside.read_launch_templates(self.clients, cluster),
            _always,
            fresh_for=LONG,
        )

    def addon_names(self, cluster: str) -> tuple[str, ...]:
        """Names of the add-ons."""
        return self._recall(
            "Addons",
            "names",
            lambda: inside.list_addons(self.clients, cluster),
            _always,
            fresh_for=LONG,
        )

    def addon(self, cluster: str, name: str) -> Addon | None:
        """One add-on."""
        return self._recall(
            "Addons",
            name,
            lambda: inside.read_addon(self.clients, cluster, name),
            lambda addon: addon is not None and addon.status == "ACTIVE",
            fresh_for=LONG,
        )

    def access_entry(self, cluster: str, arn: str) -> AccessEntry | None:
        """One principal's access."""
        return self._recall(
            "Access",
            arn,
            lambda: inside.read_access_entry(self.clients, cluster, arn),
            lambda entry: entry is not None and CLUSTER_ADMIN in entry.policies,
            fresh_for=LONG,
        )

    def _recall(
        self,
        area: str,
        what: str,
        read: Callable[[], T],
        settled: Callable[[T], bool],
        *,
        fresh_for: timedelta,
    ) -> T:
        return self.memory.recall(
            area, what, read, settled=settled, fresh_for=fresh_for, moment=self.moment
        )
