"""One Pod of cluster-autoscaler, from its start until it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import AwsError, AwsRequests
from sigopt_sandbox.clusters.autoscaler.acts.cloud import Cloud
from sigopt_sandbox.clusters.autoscaler.acts.events import Events
from sigopt_sandbox.clusters.autoscaler.acts.identity import PodIdentity
from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.lease import Lease
from sigopt_sandbox.clusters.autoscaler.acts.removals import Removals
from sigopt_sandbox.clusters.autoscaler.acts.rights import missing_rights
from sigopt_sandbox.clusters.autoscaler.acts.status_map import StatusMap
from sigopt_sandbox.clusters.autoscaler.acts.taints import Taints
from sigopt_sandbox.clusters.autoscaler.acts.times import Times
from sigopt_sandbox.clusters.autoscaler.acts.token import bearer_of, has_token
from sigopt_sandbox.clusters.autoscaler.acts.troubles import KUBERNETES, told
from sigopt_sandbox.clusters.autoscaler.acts.watching import Watching
from sigopt_sandbox.clusters.autoscaler.cluster_state import Reader
from sigopt_sandbox.clusters.autoscaler.growing import Growing
from sigopt_sandbox.clusters.autoscaler.loop import Loop
from sigopt_sandbox.clusters.autoscaler.memory import Memory
from sigopt_sandbox.clusters.autoscaler.rules.backoffs import Backoffs
from sigopt_sandbox.clusters.autoscaler.rules.flags import FlagsError, read_command_line
from sigopt_sandbox.clusters.autoscaler.shrinking import Shrinking
from sigopt_sandbox.clusters.autoscaler.surroundings import Surroundings
from sigopt_sandbox.clusters.autoscaler.tools import Tools
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.resources import NODE

AGAIN_SECONDS = 2.0
"""Real seconds after which a program that failed is started again."""
INFORMERS_AGAIN = 1.0
BETWEEN_LOOKS = 0.3
"""Real seconds between two looks, however much happens in the cluster."""


class FatalError(Exception):
    """The real program would have ended; the message is its last line."""


@dataclass(frozen=True)
class Run:
    """A Pod of the autoscaler, and the container in it that is the program."""

    pod: Mapping[str, Any]
    container: Mapping[str, Any]
    around: Surroundings
    ended: Set[str]
    """Names of Pods of this stand-in that are no more."""

    async def forever(self) -> None:
        """Be the program: start, act, fail and start again, until cancelled."""
        journal = Journal(self.around.log)
        image, name = self.container["image"], self.pod["metadata"]["name"]
        journal.info(f"stand-in for {image} in pod {name}")
        try:
            settings = self._settings(journal)
        except FlagsError as error:
            journal.fatal(str(error))
            return
        identity = PodIdentity(self.around.aws, self.around.key, self.pod, self.around.pods)
        while True:
            try:
                await self._once(settings, identity, journal)
            except FatalError as error:
                journal.fatal(str(error))
            except KUBERNETES as error:
                journal.fatal(f"the API server cannot be used: {told(error)}")
            await asyncio.sleep(AGAIN_SECONDS)

    def _settings(self, journal: Journal) -> Settings:
        line = read_command_line(self.container)
        if line.without_effect:
            flags = ", ".join(f"--{name}" for name in line.without_effect)
            journal.info(f"without effect in this stand-in: {flags}")
        return line.settings

    async def _once(self, settings: Settings, identity: PodIdentity, journal: Journal) -> None:
        """From a container's start to its end, which is an exception."""
        if not has_token(self.pod):
            raise FatalError(
                "Failed to build config: no service account token is mounted into the pod"
            )
        api = await bearer_of(self.pod, self.around.administrator)
        lease = self._lease(settings, api, journal)
        if settings.leader_elect:
            await self._check_nodes(api)
            await lease.acquire()
        changed = asyncio.Event()
        async with self._loop(settings, api, identity, journal, changed) as loop:
            while True:
                if settings.leader_elect and not await lease.renew():
                    raise FatalError("lost master")
                pause = await loop.once()
                await asyncio.sleep(min(BETWEEN_LOOKS, pause))
                await _changed_or_after(changed, max(pause - BETWEEN_LOOKS, 0))

    async def _check_nodes(self, api: KubeApi) -> None:
        try:
            await api.list(NODE.collection(), limit="1")
        except KUBERNETES as error:
            raise FatalError(f"Failed to get nodes from apiserver: {told(error)}") from error

    def _lease(self, settings: Settings, api: KubeApi, journal: Journal) -> Lease:
        holder = self.pod["metadata"]["name"]
        where = settings.namespace, settings.lease_name
        return Lease(api, journal, *where, holder, self.ended)

    @asynccontextmanager
    async def _loop(
        self,
        settings: Settings,
        api: KubeApi,
        identity: PodIdentity,
        journal: Journal,
        changed: asyncio.Event,
    ) -> AsyncIterator[Loop]:
        """The main loop with all that it needs, ready for its first look."""
        watching = Watching(api, changed)
        tools = self._tools(settings, api, identity, journal, watching)
        loop = _assembled(tools, changed)
        await tools.status.initialize()
        try:
            await loop.refresh()
        except AwsError as error:
            journal.error(f"Failed to regenerate ASG cache: {error}")
            raise FatalError(f"Failed to create AWS Manager: {error}") from error
        await _informers_synced(api, journal)
        try:
            await watching.start()
            yield loop
        finally:
            await loop.shrinking.removals.close()
            await watching.close()

    def _tools(
        self,
        settings: Settings,
        api: KubeApi,
        identity: PodIdentity,
        journal: Journal,
        watching: Watching,
    ) -> Tools:
        times, events = Times(self.around.speed), Events(api, journal)
        requests = AwsRequests(
            self.around.session, self.around.aws_url, self._region(), identity.credentials
        )
        status = StatusMap(
            api,
            events,
            journal,
            settings.namespace,
            settings.status_config_map,
            settings.write_status,
        )
        return Tools(
            settings=settings,
            watched=watching,
            api=api,
            cloud=Cloud(requests, times, journal),
            events=events,
            status=status,
            taints=Taints(api, journal),
            journal=journal,
            times=times,
            chance=Random(),  # noqa: S311 - chance between groups, not a secret
        )

    def _region(self) -> str:
        """AWS_REGION of the container; otherwise EKS injects the cluster's."""
        given = {one["name"]: one.get("value") for one in self.container.get("env") or ()}
        return given.get("AWS_REGION") or self.around.key.region


def _assembled(tools: Tools, changed: asyncio.Event) -> Loop:
    memory = Memory(Backoffs(tools.settings))
    reader = Reader()
    removals = Removals(
        api=tools.api,
        cloud=tools.cloud,
        taints=tools.taints,
        events=tools.events,
        status=tools.status,
        settings=tools.settings,
        times=tools.times,
        pods=lambda: reader.pods(tools.watched.pods),
    )
    shrinking = Shrinking(tools, memory, removals)

    def ended(one: Any, gone: bool) -> None:
        shrinking.ended(one, gone)
        changed.set()

    removals.when_ended(ended)
    return Loop(tools, memory, Growing(tools, memory), shrinking)


async def _informers_synced(api: KubeApi, journal: Journal) -> None:
    """Wait, for ever if need be, until the service account may read what informers read."""
    journal.seen("Waiting for caches to sync...")
    while missing := await missing_rights(api):
        for text in missing:
            journal.error(text)
        await asyncio.sleep(INFORMERS_AGAIN)


async def _changed_or_after(changed: asyncio.Event, seconds: float) -> None:
    # Not wait_for: in Python 3.11 it forgets a cancellation that comes with the event.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()
    changed.clear()
