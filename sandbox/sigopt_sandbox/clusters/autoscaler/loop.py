"""One look of the autoscaler at its cluster, and when to look again (core/static_autoscaler.go)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import AwsError
from sigopt_sandbox.clusters.autoscaler.cluster_state import ClusterState, Reader, look
from sigopt_sandbox.clusters.autoscaler.growing import Growing
from sigopt_sandbox.clusters.autoscaler.memory import Memory
from sigopt_sandbox.clusters.autoscaler.rules.status import GroupState
from sigopt_sandbox.clusters.autoscaler.shrinking import Shrinking
from sigopt_sandbox.clusters.autoscaler.tools import Tools

REFRESH_EVERY = 60.0
"""Seconds after which the groups are asked for again."""
REFRESH_REAL = 1.0
"""Real seconds that lie between two such questions at least, however fast the sandbox is."""
HEARTBEAT = 10.0
"""Real seconds after which an autoscaler without anything to do looks again."""
SLACK = 0.02
"""Real seconds by which a look for something that falls due is late."""


@dataclass
class Loop:
    """The main loop of one autoscaler."""

    tools: Tools
    memory: Memory
    growing: Growing
    shrinking: Shrinking
    _reader: Reader = field(default_factory=Reader)

    async def refresh(self) -> None:
        """Ask for the groups. Raises AwsError."""
        found = await self.tools.cloud.groups(self.tools.settings.discovery)
        for name in found.keys() - self.memory.groups.keys():
            self.tools.journal.seen(f"Registering ASG {name}")
        for name in self.memory.groups.keys() - found.keys():
            self.tools.journal.info(f"Unregistered ASG {name}")
            self.memory.examples.pop(name, None)
            self.memory.pending.pop(name, None)
        self.memory.groups = found
        self.memory.refreshed = self.tools.times.now()

    async def once(self) -> float:
        """Look, and act on what is seen; the real seconds until the next look, if nothing happens.

        Raises what `acts.troubles` lists when the API server cannot be used.
        """
        pods = self._reader.pods(self.tools.watched.pods)
        waiting = any(pod.unschedulable and not pod.node for pod in pods)
        refreshed = False
        if self._stale(waiting):
            try:
                await self.refresh()
                refreshed = True
            except AwsError as error:
                self.tools.journal.error(f"Failed to refresh cloud provider config: {error}")
                return max(self.tools.times.real(self.tools.settings.scan_interval), REFRESH_REAL)
        state = self._look()
        if not self.memory.started:
            await self.shrinking.clean_up(state)
        if refreshed:
            state = await self._followed_up(state)
        if waiting or not self.memory.started:
            templates = await self.growing.templates(state)
            await self.growing.grow(state, templates, set(self.shrinking.removals.going))
        self.memory.started = True
        await self.shrinking.shrink(self._look())
        await self.tools.status.tell(self._states())
        return self._pause(waiting)

    def _look(self) -> ClusterState:
        watched, tools = self.tools.watched, self.tools
        pods = self._reader.pods(watched.pods)
        return look(watched.nodes, pods, self.memory, tools.settings, tools.times)

    def _stale(self, waiting: bool) -> bool:
        """Whether the groups are to be asked for: often only while something depends on them."""
        age = self.tools.times.now() - self.memory.refreshed
        often = max(REFRESH_EVERY, REFRESH_REAL * self.tools.times.speed)
        seldom = max(REFRESH_EVERY, HEARTBEAT * self.tools.times.speed)
        return age >= (often if self._busy(waiting) else seldom)

    def _busy(self, waiting: bool) -> bool:
        memory = self.memory
        return bool(waiting or memory.pending or memory.unneeded_since or self._instances_missing())

    def _instances_missing(self) -> bool:
        groups = self.memory.groups.values()
        return any(len(group.instances) != group.desired for group in groups)

    async def _followed_up(self, state: ClusterState) -> ClusterState:
        try:
            await self.growing.follow_up(state)
        except AwsError as error:
            self.tools.journal.error(f"Failed to fix node group sizes: {error}")
        return self._look()

    def _states(self) -> list[GroupState]:
        state, now = self._look(), self.tools.times.now()
        unneeded = [one.group.name for one in self.shrinking.unneeded]
        return [
            GroupState(
                group=group,
                counts=state.counts[name],
                growing=name in self.memory.pending,
                backoff=self.memory.backoffs.of(name, now),
                candidates=unneeded.count(name),
            )
            for name, group in sorted(state.groups.items())
        ]

    def _pause(self, waiting: bool) -> float:
        times = self.tools.times
        pauses = [HEARTBEAT]
        due_in = self.shrinking.next_due() - times.now()
        if due_in > 0:  # what is overdue waits for something else, which wakes the loop
            pauses.append(times.real(due_in) + SLACK)
        if self._busy(waiting):
            pauses.append(max(times.real(REFRESH_EVERY), REFRESH_REAL))
        return min(pauses)
