"""One real endpoint: its control plane, and the nodes and add-ons kept in it."""

from __future__ import annotations

import asyncio
import base64
import logging

import aiohttp

from sigopt_sandbox.clusters.addons import addon_manifests
from sigopt_sandbox.clusters.autoscaler.keeper import AutoscalerKeeper
from sigopt_sandbox.clusters.autoscaler.surroundings import Surroundings as AroundAutoscaler
from sigopt_sandbox.clusters.bootstrap import bootstrap_manifests
from sigopt_sandbox.clusters.nodes import gpu_patch, node_changes, node_manifest
from sigopt_sandbox.clusters.real.control_plane import (
    ControlPlane,
    Surroundings,
    start_control_plane,
)
from sigopt_sandbox.clusters.real.drain import drain
from sigopt_sandbox.clusters.real.kube_api import ApiError
from sigopt_sandbox.clusters.real.mirror import Mirror
from sigopt_sandbox.clusters.resources import NODE, POD, path_of
from sigopt_sandbox.clusters.wanted import WantedAddon, WantedCluster
from sigopt_sandbox.processes import ProcessError

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 0.5
_TRANSIENT = (ApiError, aiohttp.ClientError, TimeoutError)


class RealEndpoint:
    """A cluster with a real API server, kept as the simulated AWS wants it."""

    def __init__(self, plane: ControlPlane, cluster: WantedCluster) -> None:
        """`plane` is started; use `start_real`."""
        self._plane = plane
        self._wanted = cluster
        self._changed = asyncio.Event()
        self._nodes = Mirror(plane.api, NODE.collection(), self._changed)
        self._pods = Mirror(plane.api, POD.collection(), self._changed)
        self._addons: frozenset[WantedAddon] = frozenset()
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._autoscaler = AutoscalerKeeper(_around_autoscaler(plane, cluster, self._pods))
        self._tasks = [
            asyncio.create_task(work)
            for work in (self._nodes.run(), self._pods.run(), self._keep())
        ]

    @property
    def url(self) -> str:
        """Where the API server answers."""
        return self._plane.url

    @property
    def authority_data(self) -> str:
        """The PEM of the cluster's authority, in base64."""
        return base64.b64encode(self._plane.server.access.authority).decode()

    def want(self, cluster: WantedCluster) -> None:
        """Make the nodes and add-ons those of `cluster`, from now on.

        Raises ProcessError when a program, or the keeping itself, has ended.
        """
        self._plane.check()
        for task in self._tasks:
            if task.done():
                raise ProcessError(f"{task.get_name()} ended") from task.exception()
        if cluster != self._wanted:
            self._wanted = cluster
            self._changed.set()

    async def close(self) -> None:
        """End the programs and delete what the cluster stored."""
        tasks = [*self._tasks, *self._drains.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._autoscaler.close()
        await self._plane.stop()

    async def _keep(self) -> None:
        """Act on every change, of the wish or of the cluster; again soon when that failed."""
        self._changed.set()
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._act(self._wanted)
            except _TRANSIENT as error:
                log.warning("%s: will try again: %r", self._wanted.key.path, error)
                await asyncio.sleep(_AGAIN_SECONDS)
                self._changed.set()

    async def _act(self, cluster: WantedCluster) -> None:
        await self._keep_addons(cluster)
        if not (self._nodes.synced and self._pods.synced):
            return
        self._autoscaler.look()
        api = self._plane.api
        changes = node_changes(cluster.nodes, self._nodes.objects, self._pods.objects)
        for node in changes.register:
            await api.create(NODE.collection(), node_manifest(node, cluster))
        for change in changes.gpus:
            await api.merge(f"{NODE.path(change.node)}/status", gpu_patch(change))
        for name, patch in changes.settings:
            await api.merge(NODE.path(name), patch)
        for name in changes.drain:
            if name not in self._drains:
                self._drains[name] = asyncio.create_task(self._drain(name))

    async def _drain(self, name: str) -> None:
        try:
            await drain(self._plane.api, name, self._pods)
        except _TRANSIENT as error:
            log.warning("%s: draining %s failed: %r", self._wanted.key.path, name, error)
            await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            del self._drains[name]
            self._changed.set()

    async def _keep_addons(self, cluster: WantedCluster) -> None:
        api, wanted, region = self._plane.api, frozenset(cluster.addons), cluster.key.region
        staying = {addon.name for addon in wanted}
        for addon in self._addons - wanted:
            manifests = () if addon.name in staying else addon_manifests(addon, region)
            for manifest in manifests:
                await api.delete(path_of(manifest))
        for addon in wanted - self._addons:
            for manifest in addon_manifests(addon, region):
                await api.apply(manifest)
        self._addons = wanted


def _around_autoscaler(
    plane: ControlPlane, cluster: WantedCluster, pods: Mirror
) -> AroundAutoscaler:
    shared = plane.shared
    return AroundAutoscaler(
        key=cluster.key,
        administrator=plane.api,
        pods=lambda: pods.objects.values(),
        session=shared.session,
        aws=shared.aws,
        aws_url=shared.aws_url,
        speed=shared.speed,
        log=shared.directories.logs(cluster.key) / "cluster-autoscaler.log",
    )


async def start_real(cluster: WantedCluster, shared: Surroundings) -> RealEndpoint:
    """Start a new cluster; returns when its API server is ready and has what EKS puts in it.

    Nothing is left running when that fails or is cancelled.
    """
    plane = start_control_plane(cluster.key, shared)
    try:
        await plane.wait()
        plane.start_others()
        for manifest in bootstrap_manifests():
            await plane.api.apply(manifest)
    except BaseException:
        await plane.stop()
        raise
    return RealEndpoint(plane, cluster)
