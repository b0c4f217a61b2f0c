"""Everything one decision needs, read in waves side by side into one Snapshot.

It asks nothing that cannot exist yet: a control plane only once its subnets stand, what is inside
it only once it is ACTIVE, and what is left behind only when deleting.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from sigopt_operator.aws.clients import Clients
from sigopt_operator.cluster.api import Open
from sigopt_operator.observe.doubts import CLUSTER, STACK
from sigopt_operator.observe.entries import Entries
from sigopt_operator.observe.identity import same_account
from sigopt_operator.observe.left import left_of
from sigopt_operator.observe.memory import Memory
from sigopt_operator.observe.node_groups import node_groups, scaled
from sigopt_operator.observe.readings import Readings
from sigopt_operator.observe.readings.recall import aside
from sigopt_operator.observe.upgrades import Upgrades
from sigopt_operator.plan.access.dead_entries import made_at, nodes_made_at
from sigopt_operator.plan.access.trust import trust_matters
from sigopt_operator.plan.adoption import grounded
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.kubeconfig.part import places
from sigopt_operator.plan.kubeconfig.secret import FoundSecret, Place, SecretStore
from sigopt_operator.plan.managing import managed_by
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import access_role, node_role, stack_name
from sigopt_operator.plan.network.part import COMPLETE, design_of
from sigopt_operator.plan.network.roles import roles_of
from sigopt_operator.plan.network.subnets import allows_control_plane
from sigopt_operator.plan.node_pools.drains import draining
from sigopt_operator.plan.node_pools.failures import is_troubled
from sigopt_operator.plan.node_pools.part import unlabelled_pools
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.preflight.account import concerned_pools
from sigopt_operator.plan.snapshot import (
    Cluster,
    Connection,
    Identity,
    Installed,
    KeptPod,
    NodeGroup,
    Role,
    Snapshot,
    Stack,
    Vpc,
)
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.components.objects import ObjectId
from sigopt_operator.plan.workload.left import Workload
from sigopt_operator.plan.workload.part import components, mark_of

ACTIVE = "ACTIVE"
LIVE = (ACTIVE, "UPDATING")


@dataclass(frozen=True)
class Questions:
    """What is asked of a cluster's own API; what is wrong there is in each answer."""

    probe: Callable[[Open, Cluster], Connection]
    """Does it answer to the operator?"""
    survey: Callable[[Open, Cluster], Workload]
    """What does it keep in AWS?"""
    drain: Callable[[Open, Cluster, tuple[str, ...]], tuple[KeptPod, ...]]
    """Which pods keep the nodes of these node groups from being drained?"""
    inspect: Callable[[Open, ApiServer | None, str, tuple[ObjectId, ...]], Installed]
    """Which objects are there of the resource with this UID, or of these names?"""


@dataclass(frozen=True)
class Observer:
    """Reads for one resource in one round."""

    clients: Clients
    open_api: Open
    memory: Memory
    moment: Moment
    questions: Questions
    executor: Executor
    """Runs single readings, which start no others: so it can be shared without a deadlock."""
    secrets: SecretStore | None = None
    """Those of the management cluster; None: none is looked at."""
    principal: str | None = None
    """Who changes things in AWS, where that is not who reads here."""

    def observe(self, want: Wish) -> Snapshot:
        """The Snapshot; any error but "not found" ends the round as AwsError."""
        self.memory.begin(want.generation, self.clients, self.moment, busy=not want.fulfilled)
        read = Readings(self.clients, self.memory, self.moment)
        identity = read.identity()
        identity = replace(identity, principal_arn=self.principal or identity.principal_arn)
        same_account(want, identity)
        want = managed_by(want, identity)
        seen = self._of_aws(want, read, identity)
        return replace(seen, secrets=self._secrets(want, read, seen))

    def _of_aws(self, want: Wish, read: Readings, identity: Identity) -> Snapshot:
        if want.observed:
            return self._from_outside(want, read, Snapshot(identity=identity))
        stack = read.stack(stack_name(want.cluster_name))
        # The control plane cannot exist before its subnets; without a stack it may be another's.
        new = not want.deleting and not want.adopt
        early = stack is not None and new and not allows_control_plane(want, stack)
        cluster = None if early else read.cluster(want.cluster_name, want.version)
        seen = self._doubted(want, Snapshot(identity=identity, stack=stack, cluster=cluster))
        given = grounded(want, seen).subnet_ids
        seen = replace(seen, subnets=read.subnets(given) if given and not want.deleting else None)
        if want.deleting:
            return self._leaving(want, read, seen)
        if cluster is None:
            return self._for_preflight(want, read, seen)
        if cluster.status == "CREATING" and ours(cluster.tags, want.uid) and not want.adopt:
            read.nothing_in_it_yet()
        if cluster.status not in LIVE:
            return seen
        if not ours(cluster.tags, want.uid):
            return self._of_others(read, seen, cluster)
        complete = self._upgrades.complete(want, self._inside(want, read, seen, cluster))
        return replace(complete, kept_pods=self._kept_pods(cluster, complete.node_groups))

    def _doubted(self, want: Wish, seen: Snapshot) -> Snapshot:
        """Whether what is not seen at the end may be there all the same."""

        def doubted(what: str, thing: Stack | Cluster | None) -> bool:
            if thing is None:
                return want.deleting and self.memory.doubts.about(what, self.moment)
            self.memory.doubts.shown(what, thing.status, self.moment)
            return False

        seen = replace(
            seen,
            stack_doubted=doubted(STACK, seen.stack),
            cluster_doubted=doubted(CLUSTER, seen.cluster),
        )
        if seen.cluster_doubted:
            # What is believed in the end has to be read after the doubt began.
            self.memory.forget("ControlPlane", want.cluster_name)
        return seen

    def _secrets(
        self, want: Wish, read: Readings, seen: Snapshot
    ) -> dict[Place, FoundSecret | None] | None:
        """Before there is a way into the cluster none is looked at; at its end, what has to go."""
        if self.secrets is None:
            return None
        live = seen.cluster is not None and seen.cluster.status in LIVE
        asked = places(want) if want.deleting or live else ()
        return {place: read.secret(self.secrets, want, place) for place in asked}

    @property
    def _upgrades(self) -> Upgrades:
        return Upgrades(self.clients, self.memory, self.moment, self.executor)

    def _node_groups(self, read: Readings, cluster: Cluster) -> tuple[NodeGroup, ...]:
        return node_groups(read, self.executor, cluster.name, read.node_group_names(cluster.name))

    def _kept_pods(
        self, cluster: Cluster, groups: tuple[NodeGroup, ...]
    ) -> tuple[KeptPod, ...] | None:
        names = draining(groups)
        return self.questions.drain(self.open_api, cluster, names) if names else None

    def _inside(self, want: Wish, read: Readings, seen: Snapshot, cluster: Cluster) -> Snapshot:
        name = cluster.name
        addon_names = aside(self.executor, read, Readings.addon_names, name)
        offers = (
            aside(self.executor, read, Readings.addon_offers, cluster.version)
            if cluster.version
            else None
        )
        # EKS refuses to speak of entries where the cluster knows none.
        knows = cluster.authentication_mode != "CONFIG_MAP"
        entries = Entries.begin(read, self.executor, want, seen) if knows else None
        groups = read.node_group_names(name)
        # Also where no node group is left: of those that failed, they have the number of attempts.
        templates = aside(self.executor, read, Readings.launch_templates, name)
        found = scaled(read, node_groups(read, self.executor, name, groups))
        addons = [
            aside(self.executor, read, Readings.addon, name, addon)
            for addon in addon_names.result()
        ]
        seen = self._for_preflight(want, read, replace(seen, node_groups=found))
        # The network before the roles: after a restart what it lacks is told in the first round.
        if seen.stack is not None and read.worth_a_deeper_look(cluster):
            seen = replace(seen, vpc=self._vpc(want, read, seen.stack))
        seen = replace(seen, roles=self._roles(want, read, seen, cluster))
        granted = entries.result() if entries else ()
        if entries and read.worth_a_deeper_look(cluster):
            granted = entries.dated(granted, made_at(want, seen))
        entered = {entry.principal_arn for entry in granted}
        nodes, made_again_at = nodes_made_at(want, seen)
        if entries and nodes not in entered:
            of_nodes = entries.of_role(nodes, made_again_at)
            granted = (*granted, of_nodes) if of_nodes else granted
        may_enter = seen.identity.principal_arn in entered
        seen = replace(
            seen,
            pod_identity=read.pod_identity(name),
            connection=self._tested(want, read, cluster) if may_enter else None,
        )
        return replace(
            seen,
            installed=self._installed(want, read, seen, cluster) if may_enter else None,
            addons=tuple(addon for told in addons if (addon := told.result())),
            launch_templates=templates.result(),
            releases=read.releases(),
            addon_offers=offers.result() if offers else None,
            access_entries=granted,
            entries_doubted=self.memory.doubts.entries(self.moment) - entered,
        )

    def _tested(self, want: Wish, read: Readings, cluster: Cluster) -> Connection:
        """While it is made it may take seconds until it is reached: then each round tests."""
        test = partial(self.questions.probe, self.open_api, cluster)
        made = want.stood or want.observed or read.worth_a_deeper_look(cluster)
        return read.connection(test) if made else test()

    def _installed(self, want: Wish, read: Readings, seen: Snapshot, cluster: Cluster) -> Installed:
        tested = seen.connection
        if tested is not None and tested.slow:
            return read.installed(lambda: Installed(problem=tested.problem))
        ids = tuple(id_ for component in components(want, seen) for id_ in component.ids)
        server, mark = cluster.api_server, mark_of(want)
        return read.installed(lambda: self.questions.inspect(self.open_api, server, mark, ids))

    def _for_preflight(self, want: Wish, read: Readings, seen: Snapshot) -> Snapshot:
        """What AWS sells and the account has room for, where pools are to be made or to grow."""
        if not concerned_pools(want, seen):
            asked = read.facts(_types(want)) if unlabelled_pools(want, seen) else None
            return replace(seen, facts=asked)
        seen = replace(seen, facts=(facts := read.facts(_types(want))))
        if seen.stack is not None and not ours(seen.stack.tags, want.uid):
            return seen
        return replace(seen, checks=read.checks(self.executor, want, seen, facts))

    def _roles(
        self, want: Wish, read: Readings, seen: Snapshot, cluster: Cluster
    ) -> dict[str, Role | None]:
        stack = seen.stack
        if stack is None or not ours(stack.tags, want.uid):
            return {}
        designs = roles_of(design_of(want, seen))
        settled = stack.status in COMPLETE
        if not settled:
            # An update may write the trust anew that it found when it began.
            self.memory.forget("Network", access_role(want.cluster_name))
        if settled and want.fulfilled and read.worth_a_deeper_look(cluster):
            return read.roles(designs)
        at_once = [d for d in designs if d.trust_is_free and trust_matters(want, stack)]
        found = {design.name: read.trust_of(design.name) for design in at_once}
        if settled and any(map(is_troubled, seen.node_groups)):
            # Their role may be what keeps the nodes out.
            found |= read.roles(tuple(d for d in designs if d.name == node_role(want.cluster_name)))
        return found

    def _vpc(self, want: Wish, read: Readings, stack: Stack) -> Vpc | None:
        """The network of a stack of ours that is complete."""
        settled = stack.status in COMPLETE and ours(stack.tags, want.uid)
        return read.vpc(stack) if settled else None

    def _from_outside(self, want: Wish, read: Readings, seen: Snapshot) -> Snapshot:
        """A cluster that is only looked at, and tested whoever let the operator in."""
        cluster = read.cluster(want.cluster_name)
        if cluster is None or cluster.status not in LIVE:
            return replace(seen, cluster=cluster)
        groups = self._node_groups(read, cluster)
        tested = self._tested(want, read, cluster)
        return replace(seen, cluster=cluster, node_groups=groups, connection=tested)

    def _of_others(self, read: Readings, seen: Snapshot, cluster: Cluster) -> Snapshot:
        """What could be taken over of it, and what would stay."""
        groups = self._node_groups(read, cluster)
        templates = read.launch_templates(cluster.name)
        return replace(seen, node_groups=groups, launch_templates=templates)

    def _leaving(self, want: Wish, read: Readings, seen: Snapshot) -> Snapshot:
        cluster = seen.cluster
        templates = read.launch_templates(want.cluster_name, leaving=True)
        if cluster is None or cluster.status == "DELETING":
            left = left_of(want, read, seen)
            return replace(seen, launch_templates=templates, left=left)
        groups = self._node_groups(read, cluster)
        if cluster.status in LIVE:
            kept = self._kept_pods(cluster, groups)
            answer = self.questions.survey(self.open_api, cluster)
            workload = self.memory.surveys.told(answer, self.moment)
            told = self._upgrades.of_control_plane(want, cluster)
            seen = replace(seen, cluster=told, workload=workload, kept_pods=kept)
        left = left_of(want, read, seen)
        return replace(seen, launch_templates=templates, node_groups=groups, left=left)


def _types(want: Wish) -> tuple[str, ...]:
    return tuple(sorted({name for pool in want.pools for name in pool.instance_types}))
