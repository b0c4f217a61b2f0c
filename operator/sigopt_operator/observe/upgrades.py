"""What only an upgrade needs to know, read only when one is due, under way or failed."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta

from sigopt_operator.aws.clients import Clients
from sigopt_operator.observe import updates
from sigopt_operator.observe.memory import Memory
from sigopt_operator.plan.addon_versions import unsettled
from sigopt_operator.plan.addons import wished_addons
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Addon, Cluster, NodeGroup, Snapshot, Update
from sigopt_operator.plan.upgrade import insights_due, upgradable
from sigopt_operator.plan.versions import behind
from sigopt_operator.plan.wish import Wish

FOR_GOOD = timedelta(days=1)
"""An update that ended never changes again."""
VERSION_UPDATES = ("VersionUpdate", "VersionRollback")
ADDON_UPDATES = ("AddonUpdate",)


@dataclass(frozen=True)
class Upgrades:
    """Completes a Snapshot; raises AwsError."""

    clients: Clients
    memory: Memory
    moment: Moment
    executor: Executor

    def complete(self, want: Wish, seen: Snapshot) -> Snapshot:
        """The Snapshot with the last update of whatever is not at its version, and insights."""
        cluster = seen.cluster
        if cluster is None:
            return seen
        seen = replace(
            seen,
            cluster=self._cluster(want, cluster),
            node_groups=tuple(self._node_group(want, cluster, g) for g in seen.node_groups),
            addons=tuple(self._addon(want, seen, cluster, addon) for addon in seen.addons),
        )
        version = insights_due(want, seen, self.moment)
        if version is None:
            return seen
        return replace(seen, insights=updates.read_insights(self.clients, cluster.name, version))

    def _cluster(self, want: Wish, cluster: Cluster) -> Cluster:
        if not upgradable(want, cluster):
            return cluster
        return replace(cluster, last_update=self._last(VERSION_UPDATES, cluster.name))

    def _node_group(self, want: Wish, cluster: Cluster, group: NodeGroup) -> NodeGroup:
        moves = group.status == "UPDATING" or behind(group.version, cluster.version)
        if not moves or not ours(group.tags, want.uid):
            return group
        # The status is eventually consistent: nothing that moves is taken from memory.
        self.memory.forget("NodePools", group.name)
        last = self._last(VERSION_UPDATES, cluster.name, node_group=group.name)
        return replace(group, last_update=last)

    def _addon(self, want: Wish, seen: Snapshot, cluster: Cluster, addon: Addon) -> Addon:
        wish = wished_addons(want).get(addon.name)
        if wish is None or not unsettled(want, seen, wish, addon):
            return addon
        self.memory.forget("Addons", addon.name)
        return replace(addon, last_update=self._last(ADDON_UPDATES, cluster.name, addon=addon.name))

    def _last(
        self,
        kinds: tuple[str, ...],
        cluster: str,
        *,
        node_group: str | None = None,
        addon: str | None = None,
    ) -> Update | None:
        """The newest: EKS lists ids in no promised order, so each has to be looked at once."""
        ids = updates.list_updates(self.clients, cluster, node_group=node_group, addon=addon)

        def one(update: str) -> Update | None:
            return self.memory.recall(
                "Updates",
                update,
                lambda: updates.read_update(
                    self.clients, cluster, update, node_group=node_group, addon=addon
                ),
                settled=lambda told: told is not None and told.status != "InProgress",
                fresh_for=FOR_GOOD,
                moment=self.moment,
            )

        found = [told for told in self.executor.map(one, ids) if told and told.kind in kinds]
        return max(found, key=lambda update: update.created_at, default=None)
