"""What only an upgrade needs to know, read only when one is due, under way or failed."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta

from sigopt_operator.aws.clients import Clients
from sigopt_operator.observe import updates
from sigopt_operator.observe.doubts import CLUSTER
from sigopt_operator.observe.memory import Memory
from sigopt_operator.plan.addons.part import wished_addons
from sigopt_operator.plan.addons.versions import unsettled
from sigopt_operator.plan.control_plane.settings import unsettled_settings
from sigopt_operator.plan.control_plane.upgrade import ROLLBACK, insights_due, upgradable
from sigopt_operator.plan.control_plane.versions import behind, under_way
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.node_pools.part import unsettled as unsettled_pool
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Addon, Cluster, NodeGroup, Snapshot, Update
from sigopt_operator.plan.wish import Wish

FOR_GOOD = timedelta(days=1)
"""An update that ended never changes again."""
VERSION_UPDATES = ("VersionUpdate", ROLLBACK)
CONFIG_UPDATES = ("ConfigUpdate",)
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
            cluster=self.of_control_plane(want, cluster),
            node_groups=tuple(self._node_group(want, seen, cluster, g) for g in seen.node_groups),
            addons=tuple(self._addon(want, seen, cluster, addon) for addon in seen.addons),
        )
        version = insights_due(want, seen, self.moment)
        if version is None:
            return seen
        return replace(seen, insights=updates.read_insights(self.clients, cluster.name, version))

    def of_control_plane(self, want: Wish, cluster: Cluster) -> Cluster:
        """The control plane with the last update of its version, and of each unsettled setting."""
        settings = unsettled_settings(want, cluster)
        moves = not want.deleting and upgradable(want, cluster)
        lately = self.memory.doubts.moves(CLUSTER, self.moment)
        if not settings and not moves and not lately:
            return cluster
        if settings or lately:
            # Its status does not always show that a setting is being changed.
            self.memory.forget("ControlPlane", cluster.name)
        found = self._all(cluster.name)
        kinds = {
            setting.update_type: _newest(found, (setting.update_type,)) for setting in settings
        }
        if lately:
            kinds |= {update.kind: update for update in found if under_way(update)}
        return replace(
            cluster,
            last_update=_newest(found, VERSION_UPDATES) if moves else None,
            setting_updates={kind: update for kind, update in kinds.items() if update},
        )

    def _node_group(
        self, want: Wish, seen: Snapshot, cluster: Cluster, group: NodeGroup
    ) -> NodeGroup:
        if not ours(group.tags, want.uid):
            return group
        moves = group.status == "UPDATING" or behind(group.version, cluster.version)
        lately = self.memory.doubts.moves(group.name, self.moment)
        differs = lately or unsettled_pool(want, seen, group)
        if not moves and not differs:
            return group
        # The status is eventually consistent: nothing that moves is taken from memory.
        self.memory.forget("NodePools", group.name)
        found = self._all(cluster.name, node_group=group.name)
        return replace(
            group,
            last_update=_newest(found, VERSION_UPDATES) if moves else None,
            config_update=_newest(found, CONFIG_UPDATES) if differs else None,
        )

    def _addon(self, want: Wish, seen: Snapshot, cluster: Cluster, addon: Addon) -> Addon:
        wish = wished_addons(want).get(addon.name)
        if wish is None or not unsettled(want, seen, wish, addon):
            return addon
        self.memory.forget("Addons", addon.name)
        found = self._all(cluster.name, addon=addon.name)
        return replace(addon, last_update=_newest(found, ADDON_UPDATES))

    def _all(
        self, cluster: str, *, node_group: str | None = None, addon: str | None = None
    ) -> tuple[Update, ...]:
        """Every update: EKS lists ids in no promised order, so each has to be looked at once."""
        ids = updates.list_updates(self.clients, cluster, node_group=node_group, addon=addon)

        def one(update: str) -> Update | None:
            return self.memory.recall(
                "Updates",
                update,
                lambda: updates.read_update(
                    self.clients, cluster, update, node_group=node_group, addon=addon
                ),
                settled=lambda told: told is not None and told.ended,
                fresh_for=FOR_GOOD,
                moment=self.moment,
            )

        return tuple(told for told in self.executor.map(one, ids) if told)


def _newest(found: tuple[Update, ...], kinds: tuple[str, ...]) -> Update | None:
    of_kind = (update for update in found if update.kind in kinds)
    return max(of_kind, key=lambda update: update.created_at, default=None)
