"""Taking out the nodes that have not been needed for long enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sigopt_sandbox.clusters.autoscaler.acts.events import About
from sigopt_sandbox.clusters.autoscaler.acts.removals import Removals
from sigopt_sandbox.clusters.autoscaler.cluster_state import ClusterState
from sigopt_sandbox.clusters.autoscaler.memory import LONG_AGO, Memory
from sigopt_sandbox.clusters.autoscaler.rules.scale_down import (
    Scene,
    Survey,
    Unneeded,
    due,
    patience,
    survey,
)
from sigopt_sandbox.clusters.autoscaler.tools import Tools
from sigopt_sandbox.clusters.autoscaler.values.nodes import DELETION_CANDIDATE, TO_BE_DELETED, Node


@dataclass
class Shrinking:
    """One autoscaler's way of making groups smaller."""

    tools: Tools
    memory: Memory
    removals: Removals
    unneeded: tuple[Unneeded, ...] = field(default=())
    """Of the last look."""

    async def clean_up(self, state: ClusterState) -> None:
        """Release the nodes that an earlier Pod was about to remove."""
        members = state.group_of
        for node in state.nodes:
            if node.name in members and node.tainted(TO_BE_DELETED):
                await self.tools.taints.release(node.name, self.tools.settings.cordon)
                message = f"removed {TO_BE_DELETED} taint from node {node.name}"
                about = About.node(node.name)
                await self.tools.events.post(about, "ClusterAutoscalerCleanup", message)

    async def shrink(self, state: ClusterState) -> None:
        """Note what is not needed, mark it, and remove what has been so for long enough."""
        settings, now = self.tools.settings, self.tools.times.now()
        if not settings.scale_down:
            return
        found = self._survey(state)
        self.unneeded = found.unneeded
        since = self.memory.unneeded_since
        self.memory.unneeded_since = {
            one.node.name: since.get(one.node.name, now) for one in found.unneeded
        }
        await self._mark(state.nodes, found)
        if now < self.cooldown_ends():
            return
        chosen = due(
            found.unneeded,
            self.memory.unneeded_since,
            self.removals.drains,
            self.removals.by_group,
            settings,
            now,
        )
        if not chosen:
            return
        if await self.removals.start(chosen):
            self.memory.last_deletion = now
            for one in chosen:
                self.memory.unneeded_since.pop(one.node.name, None)
        else:
            self.memory.last_failure = now

    def _survey(self, state: ClusterState) -> Survey:
        scene = Scene(
            state.rooms(),
            state.group_of,
            tuple(self.tools.watched.budgets),
            self.tools.settings,
            self.tools.times.age,
        )
        return survey(scene, self.memory.unneeded_since, self.removals.going)

    def cooldown_ends(self) -> float:
        """From when on nodes may be removed again."""
        settings, memory = self.tools.settings, self.memory
        return max(
            memory.last_growth + settings.delay_after_add,
            memory.last_deletion + settings.delay_after_delete,
            memory.last_failure + settings.delay_after_failure,
        )

    def next_due(self) -> float:
        """When the next node that is not needed may have been so for long enough."""
        times = [
            self.memory.unneeded_since[one.node.name] + patience(one, self.tools.settings)
            for one in self.unneeded
            if one.node.name in self.memory.unneeded_since
        ]
        return max(min(times), self.cooldown_ends()) if times else float("inf")

    def ended(self, one: Unneeded, gone: bool) -> None:
        """A removal has ended; the group is smaller, or the node needed after all."""
        if not gone:
            self.memory.last_failure = self.tools.times.now()
            return
        group = self.memory.groups.get(one.group.name)
        if group:
            instances = tuple(
                replace(i, lifecycle="Terminating") if i.id == one.node.instance else i
                for i in group.instances
            )
            smaller = replace(group, desired=group.desired - 1, instances=instances)
            self.memory.groups[group.name] = smaller
        self.memory.refreshed = LONG_AGO

    async def _mark(self, nodes: Iterable[Node], found: Survey) -> None:
        """Bring the soft taints up to date, some of them in each loop."""
        left = self.tools.settings.soft_taints
        unneeded = {one.node.name for one in found.unneeded}
        for node in nodes:
            marked = node.tainted(DELETION_CANDIDATE)
            if left <= 0:
                return
            if node.name in unneeded and not marked:
                await self.tools.taints.mark_candidate(node.name)
            elif marked and node.name in found.staying and not node.tainted(TO_BE_DELETED):
                await self.tools.taints.unmark_candidate(node.name)
            else:
                continue
            left -= 1
