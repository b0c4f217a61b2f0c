"""Taking nodes out: tainted, drained through the eviction API, terminated (scaledown/actuation)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import AwsError
from sigopt_sandbox.clusters.autoscaler.acts.cloud import Cloud
from sigopt_sandbox.clusters.autoscaler.acts.events import About, Events
from sigopt_sandbox.clusters.autoscaler.acts.status_map import StatusMap
from sigopt_sandbox.clusters.autoscaler.acts.taints import Taints
from sigopt_sandbox.clusters.autoscaler.acts.times import Times
from sigopt_sandbox.clusters.autoscaler.acts.troubles import KUBERNETES, told
from sigopt_sandbox.clusters.autoscaler.rules.drainability import stays_behind
from sigopt_sandbox.clusters.autoscaler.rules.scale_down import Unneeded
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings
from sigopt_sandbox.clusters.real.kube_api import KubeApi

EVICT_AGAIN = 10.0
LOOK_AGAIN = 5.0


class RemovalError(Exception):
    """A node could not be removed; the message says why."""


@dataclass
class Removals:
    """The nodes that are being removed, each by a task of its own."""

    api: KubeApi
    cloud: Cloud
    taints: Taints
    events: Events
    status: StatusMap
    settings: Settings
    times: Times
    pods: Callable[[], Iterable[Pod]]
    """The pods of the cluster now."""
    going: dict[str, Unneeded] = field(default_factory=dict)
    """By the node's name."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ended: Callable[[Unneeded, bool], None] = field(default=lambda _one, _gone: None)

    def when_ended(self, call: Callable[[Unneeded, bool], None]) -> None:
        """Have `call` called when a removal has ended, with whether the instance is gone."""
        self._ended = call

    @property
    def drains(self) -> dict[str, bool]:
        """Whether each node on its way is being drained."""
        return {name: not one.empty for name, one in self.going.items()}

    @property
    def by_group(self) -> Counter[str]:
        """How many nodes of each group are on their way."""
        return Counter(one.group.name for one in self.going.values())

    async def start(self, nodes: Iterable[Unneeded]) -> bool:
        """Taint the nodes, then remove them meanwhile; False when one could not be tainted."""
        chosen = list(nodes)
        done: list[Unneeded] = []
        for one in chosen:
            try:
                await self.taints.mark_to_be_deleted(one.node.name, self.settings.cordon)
            except KUBERNETES as error:
                await self._not_tainted(one, error, done)
                return False
            done.append(one)
        for one in chosen:
            self.going[one.node.name] = one
            task = asyncio.create_task(self._remove(one))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return True

    async def close(self) -> None:
        """Stop where it is, as a program that ends would."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _not_tainted(self, one: Unneeded, error: Exception, done: list[Unneeded]) -> None:
        why = f"failed to mark the node as toBeDeleted/unschedulable: {told(error)}"
        self.status.journal.error(f"Failed to scale down: couldn't taint {one.node.name}: {why}")
        await self.events.post(About.node(one.node.name), "ScaleDownFailed", why, warning=True)
        for other in done:
            await self.taints.release(other.node.name, self.settings.cordon)

    async def _remove(self, one: Unneeded) -> None:
        name, gone = one.node.name, False
        try:
            await self._announce(one)
            await self.times.sleep(self.settings.delay_after_taint)
            if one.empty:
                self._check_empty(name)
            else:
                await self._drain(one)
            await self.cloud.terminate(one.node.instance)
            gone = True
            await self.events.post(
                About.node(name), "ScaleDown", "nodes removed by cluster autoscaler"
            )
            await self._tell_removed(one)
        except (RemovalError, AwsError, *KUBERNETES) as error:
            if not gone:
                await self._give_up(one, error)
        finally:
            self.going.pop(name, None)
            self._ended(one, gone)

    async def _announce(self, one: Unneeded) -> None:
        name = one.node.name
        if one.empty:
            what, reason = f'removing empty node "{name}"', "ScaleDownEmpty"
        else:
            pods = ",".join(pod.name for pod in one.moving)
            what, reason = f"removing node {name}, pods to reschedule: {pods}", "ScaleDown"
        await self.status.event(reason, f"Scale-down: {what}")

    async def _tell_removed(self, one: Unneeded) -> None:
        name = one.node.name
        if one.empty:
            await self.status.event("ScaleDownEmpty", f"Scale-down: empty node {name} removed")
        else:
            await self.status.event("ScaleDown", f"Scale-down: node {name} removed with drain")

    async def _give_up(self, one: Unneeded, error: Exception) -> None:
        name = one.node.name
        what = "delete empty node" if one.empty else "drain and delete node"
        self.status.journal.error(f'Scale-down: failed to {what} "{name}": {error}')
        message = f"failed to {what}: {error}"
        await self.events.post(About.node(name), "ScaleDownFailed", message, warning=True)
        await self.taints.release(name, self.settings.cordon)

    def _there(self, node: str) -> list[Pod]:
        """The pods on the node that a drain has to move."""
        return [pod for pod in self.pods() if pod.node == node and not stays_behind(pod)]

    def _check_empty(self, node: str) -> None:
        if self._there(node):
            raise RemovalError(f'failed to delete empty node "{node}", new pods scheduled')

    async def _drain(self, one: Unneeded) -> None:
        node, pods = one.node.name, self._there(one.node.name)
        until = self.times.now() + self.settings.eviction_time
        for pod in pods:
            await self.events.post(About.pod(pod), "ScaleDown", "deleting pod for node scale down")
        left = pods
        while left := [pod for pod in left if not await self._evicted(pod)]:
            if self.times.now() > until:
                names = ", ".join(pod.name for pod in left)
                why = f"failed to evict pod {names} within allowed timeout"
                raise RemovalError(f"Failed to drain node {node}: {why}")
            await self.times.sleep(EVICT_AGAIN)
        until = self.times.now() + self.settings.longest_termination
        keys = {pod.key for pod in pods}
        while any(pod.key in keys for pod in self._there(node)):
            if self.times.now() > until:
                raise RemovalError(f"Failed to drain node {node}: pods remaining after timeout")
            await self.times.sleep(LOOK_AGAIN)

    async def _evicted(self, pod: Pod) -> bool:
        namespace, name = pod.key
        try:
            return await self.api.evict(name, namespace)
        except KUBERNETES as error:
            self.status.journal.error(f"Failed to evict pod {name}, error: {told(error)}")
            return False
