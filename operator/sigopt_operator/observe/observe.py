"""Everything one decision needs, read in waves side by side into one Snapshot.

It asks nothing that cannot exist yet: a control plane only once its subnets stand, what is inside
it only once it is ACTIVE, and what is left behind only when deleting.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.observe.memory import Memory
from sigopt_operator.observe.network import read_left_interfaces
from sigopt_operator.observe.readings import Readings
from sigopt_operator.plan.access import principals
from sigopt_operator.plan.design import stack_name
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network import subnets_by_zone
from sigopt_operator.plan.node_pools import node_group_name
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Cluster, Connection, Identity, NodeGroup, Snapshot
from sigopt_operator.plan.trouble import Kind, Trouble
from sigopt_operator.plan.wish import Wish

Probe = Callable[[Clients, Cluster], Connection]
"""Tests the connection to a cluster's own API; what is wrong there is in its answer."""

LIVE = ("ACTIVE", "UPDATING")


@dataclass(frozen=True)
class Observer:
    """Reads for one resource in one round."""

    clients: Clients
    memory: Memory
    moment: Moment
    probe: Probe
    executor: Executor
    """Runs single readings, which start no others: so it can be shared without a deadlock."""

    def observe(self, want: Wish) -> Snapshot:
        """The Snapshot; any error but "not found" ends the round as AwsError."""
        self.memory.begin(want.generation, self.clients)
        read = Readings(self.clients, self.memory, self.moment)
        identity = read.identity()
        _same_account(want, identity)
        if want.observed:
            return self._from_outside(want, read, Snapshot(identity=identity))
        stack = read.stack(stack_name(want.cluster_name))
        # The control plane cannot exist before its subnets; without a stack it may be another's.
        early = stack is not None and not want.deleting and not subnets_by_zone(stack)
        cluster = None if early else read.cluster(want.cluster_name)
        seen = Snapshot(identity=identity, stack=stack, cluster=cluster)
        if want.deleting:
            return self._leaving(want, read, seen)
        if cluster is None:
            return replace(seen, facts=read.facts(_types(want)))
        may_look = cluster.status in LIVE and ours(cluster.tags, want.uid)
        return self._inside(want, read, seen, cluster) if may_look else seen

    def _inside(self, want: Wish, read: Readings, seen: Snapshot, cluster: Cluster) -> Snapshot:
        name = cluster.name
        side = self.executor.submit
        addon_names = side(read.addon_names, name)
        entries = [side(read.access_entry, name, arn) for arn in principals(want, seen)]
        groups = read.node_group_names(name)
        # A launch template is left over only where there was a node group.
        templates = side(read.launch_templates, name) if groups else None
        found = self._node_groups(read, name, groups)
        addons = [side(read.addon, name, addon) for addon in addon_names.result()]
        missing = {node_group_name(pool) for pool in want.pools} - set(groups)
        granted = tuple(entry for told in entries if (entry := told.result()))
        may_enter = seen.identity.principal_arn in {entry.principal_arn for entry in granted}
        return replace(
            seen,
            facts=read.facts(_types(want)) if missing else None,
            node_groups=found,
            addons=tuple(addon for told in addons if (addon := told.result())),
            launch_templates=templates.result() if templates else (),
            access_entries=granted,
            connection=self.probe(self.clients, cluster) if may_enter else None,
        )

    def _from_outside(self, want: Wish, read: Readings, seen: Snapshot) -> Snapshot:
        """A cluster that is only looked at, and tested whoever let the operator in."""
        cluster = read.cluster(want.cluster_name)
        if cluster is None or cluster.status not in LIVE:
            return replace(seen, cluster=cluster)
        groups = self._node_groups(read, cluster.name, read.node_group_names(cluster.name))
        tested = self.probe(self.clients, cluster)
        return replace(seen, cluster=cluster, node_groups=groups, connection=tested)

    def _leaving(self, want: Wish, read: Readings, seen: Snapshot) -> Snapshot:
        cluster = seen.cluster
        templates = read.launch_templates(want.cluster_name)
        if cluster is None or cluster.status == "DELETING":
            return replace(seen, launch_templates=templates)
        groups = self._node_groups(read, cluster.name, read.node_group_names(cluster.name))
        left = read_left_interfaces(self.clients, cluster.vpc_id) if not groups else None
        return replace(seen, launch_templates=templates, node_groups=groups, interfaces=left)

    def _node_groups(
        self, read: Readings, cluster: str, names: tuple[str, ...]
    ) -> tuple[NodeGroup, ...]:
        found = [self.executor.submit(read.node_group, cluster, name) for name in names]
        return tuple(group for told in found if (group := told.result()))


def _same_account(want: Wish, identity: Identity) -> None:
    """Refuse to judge what stands in one account by what another has."""
    if want.account is None or want.account == identity.account:
        return
    told = (
        f"the cluster was begun in AWS account {want.account}, and the credentials are now of "
        f"account {identity.account}: give credentials of {want.account} again; for a cluster in "
        f"the other account make another resource"
    )
    raise AwsError(Trouble(Kind.CREDENTIALS, "AccountChanged", told, "GetCallerIdentity"))


def _types(want: Wish) -> tuple[str, ...]:
    return tuple(sorted({pool.instance_type for pool in want.pools}))
