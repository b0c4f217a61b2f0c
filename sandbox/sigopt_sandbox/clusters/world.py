"""The loop that makes the running endpoints those that the simulated AWS wants."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from sigopt_sandbox.clusters.endpoints import Endpoint
from sigopt_sandbox.clusters.simulated_aws import SimulatedAws
from sigopt_sandbox.clusters.wanted import ClusterKey, WantedCluster
from sigopt_sandbox.processes import ProcessError

log = logging.getLogger(__name__)

POLL_SECONDS = 0.3
RETRY_SECONDS = 3.0
IDLE_TIMES = 4.0
"""So many times as long as a look took is until the next: of a thousand clusters it takes a second,
in which no cluster's endpoint answers anybody."""

StartEndpoint = Callable[[WantedCluster], Awaitable[Endpoint]]


@dataclass
class _Running:
    """A cluster on its way up or there."""

    wanted: WantedCluster
    task: asyncio.Task[None]
    endpoint: Endpoint | None = None


class World:
    """Starts, keeps and ends endpoints."""

    def __init__(self, aws: SimulatedAws, start: StartEndpoint, at_once: int) -> None:
        """At most `at_once` endpoints are being started at any time."""
        self._aws = aws
        self._start = start
        self._starting = asyncio.Semaphore(at_once)
        self._clusters: dict[ClusterKey, _Running] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._answered = True

    async def run(self) -> None:
        """Follow the simulated AWS until cancelled; then end everything."""
        try:
            while True:
                began = time.monotonic()
                await self._look()
                took = time.monotonic() - began
                await asyncio.sleep(max(POLL_SECONDS, IDLE_TIMES * took))
        finally:
            for key in tuple(self._clusters):
                self._end(key)
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def _look(self) -> None:
        """Ask once what is wanted; a simulated AWS that does not answer changes nothing."""
        try:
            wanted = await self._aws.clusters()
        except (aiohttp.ClientError, TimeoutError) as error:
            if self._answered:
                log.warning("the simulated AWS does not answer, asking on: %s", error)
            self._answered = False
        else:
            self._answered = True
            self._follow(wanted)

    def _follow(self, wanted: dict[ClusterKey, WantedCluster]) -> None:
        for key in self._clusters.keys() - wanted.keys():
            self._end(key)
        for key, cluster in wanted.items():
            running = self._clusters.get(key)
            if running is None:
                self._clusters[key] = _Running(
                    cluster, asyncio.create_task(self._bring_up(key), name=key.path)
                )
                continue
            running.wanted = cluster
            if running.endpoint:
                self._keep(key, running.endpoint, cluster)

    def _keep(self, key: ClusterKey, endpoint: Endpoint, cluster: WantedCluster) -> None:
        try:
            endpoint.want(cluster)
        except ProcessError:
            log.exception("%s: a program ended by itself; starting anew", key.path)
            self._end(key)

    async def _bring_up(self, key: ClusterKey) -> None:
        """Start the endpoint and report it, trying again until it is there and reported."""
        running = await self._registered(key)
        while running.endpoint is None:
            try:
                async with self._starting:
                    running.endpoint = await self._start(running.wanted)
            except (ProcessError, aiohttp.ClientError, TimeoutError, OSError):
                log.exception("%s: cannot start; trying again", key.path)
                await asyncio.sleep(RETRY_SECONDS)
        endpoint = running.endpoint
        log.info("%s: answers at %s", key.path, endpoint.url)
        while True:
            try:
                await self._aws.report_endpoint(key, endpoint.url, endpoint.authority_data)
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("%s: cannot report the endpoint: %r", key.path, error)
                await asyncio.sleep(POLL_SECONDS)
            else:
                return

    async def _registered(self, key: ClusterKey) -> _Running:
        """The cluster's entry, which is made in the same step as this task."""
        await asyncio.sleep(0)
        return self._clusters[key]

    def _end(self, key: ClusterKey) -> None:
        """Stop following a cluster, and close its endpoint in its own time."""
        running = self._clusters.pop(key)
        running.task.cancel()
        closing = asyncio.create_task(_close(key, running))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _close(key: ClusterKey, running: _Running) -> None:
    await asyncio.gather(running.task, return_exceptions=True)
    if running.endpoint is None:
        return
    try:
        await running.endpoint.close()
        log.info("%s: ended", key.path)
    except (aiohttp.ClientError, TimeoutError, OSError):
        log.exception("%s: not everything could be removed", key.path)
