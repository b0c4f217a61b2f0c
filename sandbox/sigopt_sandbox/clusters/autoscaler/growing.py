"""Making groups larger for pods that wait, and following up until their nodes are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import AwsError
from sigopt_sandbox.clusters.autoscaler.acts.events import About
from sigopt_sandbox.clusters.autoscaler.cluster_state import ClusterState
from sigopt_sandbox.clusters.autoscaler.memory import Memory, Pending
from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room, place
from sigopt_sandbox.clusters.autoscaler.rules.scale_up import (
    Candidate,
    Growth,
    ScaleUpPlan,
    plan_scale_up,
)
from sigopt_sandbox.clusters.autoscaler.rules.templates import room_of_example, room_of_template
from sigopt_sandbox.clusters.autoscaler.tools import Tools
from sigopt_sandbox.clusters.autoscaler.values.nodes import TO_BE_DELETED, Node
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod

STABLE_AFTER = 60.0
"""Seconds for which a node must have been ready to be an example of its group."""
UNFULFILLED = "placeholder-cannot-be-fulfilled"
NO_MORE = "AWS cannot provision any more instances for this node group"

Templates = Mapping[str, Room]


@dataclass
class Growing:
    """One autoscaler's way of making groups larger."""

    tools: Tools
    memory: Memory

    async def templates(self, state: ClusterState) -> dict[str, Room]:
        """A new node of each group, as far as it can be imagined.

        As a good node of the group is; or as its last good node was; or, when it never had one,
        from what AWS tells; or as any node of it is.
        """
        rooms, members = state.rooms(), state.group_of
        for name, group in members.items():
            if name in rooms and self._is_example(rooms[name].node):
                room = rooms[name]
                self.memory.examples[group.name] = room_of_example(room.node, room.pods)
        found = {}
        for group in state.groups.values():
            if group.name in self.memory.examples:
                found[group.name] = self.memory.examples[group.name]
                continue
            node = await self.tools.cloud.template(group)
            if node:
                found[group.name] = room_of_template(node, self.tools.watched.daemon_sets)
        for name, group in members.items():
            if group.name not in found and name in rooms:
                found[group.name] = room_of_example(rooms[name].node, rooms[name].pods)
        return found

    def _is_example(self, node: Node) -> bool:
        stable = self.tools.times.age(node.since) >= STABLE_AFTER
        return node.ready and stable and not (node.unschedulable or node.tainted(TO_BE_DELETED))

    async def grow(self, state: ClusterState, templates: Templates, going: set[str]) -> None:
        """Make one group larger, if that helps pods that wait; tell the others why not.

        `going` are nodes that are being removed.
        """
        tools, now = self.tools, self.tools.times.now()
        upcoming = self._upcoming(state, templates, now)
        rooms = [r for name, r in state.rooms().items() if r.node.ready and name not in going]
        there = len(rooms) + len(upcoming)
        pods = place(state.waiting(tools.settings, tools.times), [*rooms, *upcoming])
        if not pods:
            return
        for pod in pods:
            tools.journal.seen(f"Pod {pod.name} is unschedulable")
        candidates = [
            Candidate(group, templates.get(name), self.memory.backoffs.of(name, now) is not None)
            for name, group in sorted(state.groups.items())
        ]
        plan = plan_scale_up(pods, candidates, there, tools.settings, tools.chance)
        if plan.growth is None:
            await self._tell(pods, plan)
        else:
            tools.journal.info(f"Final scale-up plan: [{plan.growth}]")
            await self._execute(plan.growth)

    def _upcoming(self, state: ClusterState, templates: Templates, now: float) -> list[Room]:
        """Nodes that will come without anything being done, so that none is asked for twice."""
        rooms = []
        for name, group in state.groups.items():
            if name in templates and self.memory.backoffs.of(name, now) is None:
                coming = max(state.counts[name].upcoming(group.desired), 0)
                rooms += [templates[name].copy() for _ in range(coming)]
        return rooms

    async def _tell(self, pods: list[Pod], plan: ScaleUpPlan) -> None:
        for pod in pods:
            if pod.key in plan.reasons:
                message = f"pod didn't trigger scale-up: {plan.reasons[pod.key]}"
                self.tools.journal.seen(f"Pod {pod.name}: {message}")
                await self.tools.events.post(About.pod(pod), "NotTriggerScaleUp", message)

    async def _execute(self, growth: Growth) -> None:
        status, name = self.tools.status, growth.group
        sizes = f"{growth.after} instead of {growth.before} (max: {growth.max})"
        await status.event("ScaledUpGroup", f"Scale-up: setting group {name} size to {sizes}")
        try:
            await self._resize(name, growth.after)
        except AwsError as error:
            message = f"Scale-up failed for group {name}: {error}"
            await status.event("FailedToScaleUpGroup", message, warning=True)
            why = f"failed to increase node group size: {error}"
            self.tools.journal.error(f"Failed to scale up: {why}")
            self._back_off(name, "cloudProviderError", why)
            return
        now = self.tools.times.now()
        before = self.memory.pending.get(name)
        increase = growth.after - growth.before + (before.increase if before else 0)
        self.memory.pending[name] = Pending(increase, now)
        self.memory.last_growth = now
        await status.event("ScaledUpGroup", f"Scale-up: group {name} size set to {sizes}")
        for pod in growth.pods:
            message = f"pod triggered scale-up: [{growth}]"
            await self.tools.events.post(About.pod(pod), "TriggeredScaleUp", message)

    async def follow_up(self, state: ClusterState) -> None:
        """See to groups whose nodes do not come. Raises AwsError."""
        now = self.tools.times.now()
        for name, group in state.groups.items():
            counts = state.counts[name]
            pending = self.memory.pending.get(name)
            if pending and counts.upcoming(group.desired) <= 0:
                del self.memory.pending[name]
                self.tools.journal.info(f"Scale up in group {name} finished successfully")
            elif pending and now - pending.since > self.tools.settings.provision_time:
                await self._timed_out(name, now - pending.since)
            there = sum(not instance.leaving for instance in group.instances)
            if group.desired > there and await self.tools.cloud.launch_failed(
                name, self.memory.resized.get(name)
            ):
                await self._unfulfilled(name, group.desired, max(there, group.min))
            await self._remove_unregistered(name, counts.long_unregistered)

    async def _timed_out(self, name: str, seconds: float) -> None:
        message = f"Nodes added to group {name} failed to register within {seconds:.0f}s"
        await self.tools.status.event("ScaleUpTimedOut", message, warning=True)
        why = f"Scale-up timed out for node group {name} after {seconds:.0f}s"
        self._back_off(name, "timeout", why)
        self.memory.pending.pop(name, None)

    async def _unfulfilled(self, name: str, desired: int, there: int) -> None:
        """AWS cannot launch: back to the instances that there are."""
        if self.memory.pending.pop(name, None):
            message = (
                f"Failed adding {desired - there} nodes to group {name} due to"
                f" OutOfResource.{UNFULFILLED}; source errors: {NO_MORE}"
            )
            await self.tools.status.event("ScaleUpFailed", message, warning=True)
            self._back_off(name, UNFULFILLED, NO_MORE)
        if there < desired:
            await self._resize(name, there)

    async def _remove_unregistered(self, name: str, instances: list[str]) -> None:
        """End instances that never became nodes, down to the group's minimum."""
        for instance in instances:
            group = self.memory.groups[name]
            if group.desired <= group.min:
                self.tools.journal.warning(f"Node group {name} min size reached, skipping removal")
                return
            await self.tools.cloud.terminate(instance)
            self.memory.groups[name] = replace(group, desired=group.desired - 1)
            self.memory.unregistered_since.pop(instance, None)
            message = f"Removed unregistered node {instance}"
            await self.tools.status.event("DeleteUnregistered", message)

    def _back_off(self, name: str, code: str, why: str) -> None:
        noted = self.memory.backoffs.failed(name, self.tools.times.now(), code, why)
        self.tools.journal.warning(
            f"Disabling scale-up for node group {name} for {noted.lasts:.0f}s; errorCode={code}"
        )

    async def _resize(self, name: str, size: int) -> None:
        self.tools.journal.info(f"Setting asg {name} size to {size}")
        await self.tools.cloud.set_desired(name, size)
        self.memory.resized[name] = datetime.now(UTC)
        self.memory.groups[name] = replace(self.memory.groups[name], desired=size)
