"""One round's readings: which area each belongs to, when it is settled, how long it then holds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sigopt_operator.aws.clients import Clients
from sigopt_operator.observe import inside, updates
from sigopt_operator.observe.checks import Asking
from sigopt_operator.observe.control_plane import read_cluster
from sigopt_operator.observe.facts import read_facts
from sigopt_operator.observe.identity import read_identity
from sigopt_operator.observe.memory import GROUPS, SHORT, Memory
from sigopt_operator.observe.network import read_role, read_stack, read_subnets
from sigopt_operator.plan.access import CLUSTER_ADMIN
from sigopt_operator.plan.account import account_problems
from sigopt_operator.plan.checks import Checks
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network import COMPLETE
from sigopt_operator.plan.roles import RoleDesign
from sigopt_operator.plan.snapshot import (
    AccessEntry,
    Addon,
    AddonOffer,
    Cluster,
    Facts,
    Identity,
    LaunchTemplate,
    NodeGroup,
    Release,
    Role,
    ScalingGroup,
    Snapshot,
    Stack,
    Subnet,
)
from sigopt_operator.plan.wish import Wish

T = TypeVar("T")
SOON_ENOUGH = 0.7
"""The share of the time for finding a change by hand after which a reading is due again: so that
one whose turn does not come in the next round still comes in time."""
DEEPER = 3
"""How many times rarer is the look at what is dear to read or hardly ever changed by hand."""
AT_FIRST = timedelta(minutes=4)
"""In the first half of what a control plane takes, nothing about it is expected to change."""
FOR_A_CREATION = timedelta(hours=1)
"""What AWS sells does not change while one cluster is made."""
WHILE_MENDED = timedelta(minutes=3)
"""For an account that did not pass preflight: somebody is raising a quota, or granting a right."""
A_DAY = timedelta(days=1)
"""For what AWS announces months ahead; an edit of the spec asks again."""


def _is_made(thing: Cluster | NodeGroup | None) -> bool:
    """Whether EKS is still making it."""
    return thing is not None and thing.status == "CREATING"


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
            "Identity",
            "",
            lambda: read_identity(self.clients),
            _always,
            fresh_for=self._rarely,
            cost=2,
        )

    def facts(self, types: tuple[str, ...]) -> Facts:
        """What AWS sells."""
        return self._recall(
            "Facts",
            " ".join((self.clients.region, *types)),
            lambda: read_facts(self.clients, types, tuple(r.version for r in self.releases())),
            _always,
            fresh_for=FOR_A_CREATION,
        )

    def checks(self, executor: Executor, want: Wish, seen: Snapshot, facts: Facts) -> Checks:
        """What the account has room and leave for; asked again soon where that is in the way."""

        def recall(what: str, read: Callable[[], T]) -> T:
            return self._recall("Checks", what, read, _always, fresh_for=WHILE_MENDED)

        def passes(checks: Checks) -> bool:
            return not any(account_problems(want, replace(seen, checks=checks), facts))

        asking = Asking(self.clients, executor, recall)
        return self._recall(
            "Checks",
            "everything",
            lambda: asking.checks(want, seen, facts),
            passes,
            fresh_for=FOR_A_CREATION,
        )

    def releases(self) -> tuple[Release, ...]:
        """The Kubernetes versions on offer."""
        return self._recall(
            "Releases",
            self.clients.region,
            lambda: updates.read_releases(self.clients),
            _always,
            fresh_for=A_DAY,
        )

    def addon_offers(self, version: str) -> dict[str, AddonOffer]:
        """The add-ons that fit a version of Kubernetes."""
        return self._recall(
            "AddonOffers",
            version,
            lambda: updates.read_addon_offers(self.clients, version),
            _always,
            fresh_for=A_DAY,
        )

    def stack(self, name: str) -> Stack | None:
        """The CloudFormation stack."""
        return self._recall(
            "Network",
            name,
            lambda: read_stack(self.clients, name),
            lambda stack: stack is not None and stack.status in COMPLETE,
            fresh_for=self._rarely,
            cost=2,
        )

    def subnets(self, ids: tuple[str, ...]) -> tuple[Subnet, ...]:
        """Subnets that exist, of somebody's network."""
        return self._recall(
            "Subnets",
            " ".join(ids),
            lambda: read_subnets(self.clients, ids),
            lambda found: len(found) == len(ids),
            fresh_for=A_DAY,
        )

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

    def node_group_names(self, cluster: str) -> tuple[str, ...]:
        """Names of the node groups."""
        return self._recall(
            "NodePools",
            "names",
            lambda: inside.list_node_groups(self.clients, cluster),
            _always,
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
            fresh_for=self._rarely,
        )

    def addon_names(self, cluster: str) -> tuple[str, ...]:
        """Names of the add-ons."""
        return self._recall(
            "Addons",
            "names",
            lambda: inside.list_addons(self.clients, cluster),
            _always,
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
            lambda entry: entry is not None and CLUSTER_ADMIN in entry.policies,
            fresh_for=self._often,
        )

    def tags_of(self, cluster: str, entry: AccessEntry) -> AccessEntry:
        """An access entry with its tags: asked only while tags are being changed."""
        return inside.with_tags(self.clients, cluster, entry)

    def scaling_groups(self, names: tuple[str, ...]) -> dict[str, ScalingGroup]:
        """The auto scaling groups behind the node groups, by name: in one call."""
        return self._recall(
            GROUPS,
            " ".join(names),
            lambda: inside.read_scaling_groups(self.clients, names),
            _always,
            fresh_for=SHORT,
        )

    def roles(self, designs: tuple[RoleDesign, ...]) -> dict[str, Role | None]:
        """The roles whose turn it is, by name: a round that has no calls to spare looks at none."""
        cost = 2
        return {
            role.name: self._recall(
                "Network",
                role.name,
                partial(read_role, self.clients, role.name, tuple(role.inline)),
                _always,
                fresh_for=self._rarely,
                cost=cost,
            )
            for role in designs
            if self.memory.spare("Network", role.name, cost=cost)
        }

    def worth_a_deeper_look(self, cluster: Cluster) -> bool:
        """Whether it has stood for so long that somebody may have changed what is behind it."""
        return self.moment.elapsed(cluster.created_at) >= self._rarely

    @property
    def _often(self) -> timedelta:
        """For what somebody may change by hand."""
        return self.moment.drift_within * SOON_ENOUGH

    @property
    def _rarely(self) -> timedelta:
        """For the deeper look."""
        return self.moment.drift_within * DEEPER

    def _recall(
        self,
        area: str,
        what: str,
        read: Callable[[], T],
        settled: Callable[[T], bool],
        *,
        fresh_for: timedelta | Callable[[T], timedelta],
        cost: int = 1,
        passing: Callable[[T], bool] = lambda _: False,
    ) -> T:
        return self.memory.recall(
            area,
            what,
            read,
            settled=settled,
            fresh_for=fresh_for,
            moment=self.moment,
            cost=cost,
            passing=passing,
        )
