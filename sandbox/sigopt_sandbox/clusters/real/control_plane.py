"""The programs of one cluster: API server, controllers, scheduler, kwok."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from sigopt_sandbox.clusters.directories import ClusterDirectories
from sigopt_sandbox.clusters.real.etcd import delete_prefix
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.real.settings import (
    CONTROLLER_FLAGS,
    CONTROLLERS,
    api_server_settings,
    kwok_flags,
    write_files,
)
from sigopt_sandbox.clusters.simulated_aws import SimulatedAws
from sigopt_sandbox.clusters.wanted import ClusterKey
from sigopt_sandbox.kubernetes import (
    ApiServer,
    ApiServerSettings,
    start_api_server,
    start_controllers,
    start_scheduler,
)
from sigopt_sandbox.kubernetes.certificates import serving_certificates
from sigopt_sandbox.ports import Ports
from sigopt_sandbox.processes import READY_SECONDS, Child, ProcessError, start
from sigopt_sandbox.programs import Programs

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Surroundings:
    """What all simulated clusters of a sandbox share."""

    directories: ClusterDirectories
    programs: Programs
    ports: Ports
    session: aiohttp.ClientSession
    etcd_url: str
    webhooks_url: str
    """Of the webhook server, without a cluster's path."""
    aws: SimulatedAws
    aws_url: str
    """Where the simulated AWS answers signed requests."""
    speed: float
    """How many times faster than AWS the sandbox is."""


@dataclass
class ControlPlane:
    """The programs of one cluster that run so far."""

    server: ApiServer
    api: KubeApi
    shared: Surroundings
    children: list[Child] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the API server answers."""
        return self.server.url

    def check(self) -> None:
        """Raise ProcessError when a program has ended by itself."""
        for child in self.children:
            child.check()

    async def wait(self) -> None:
        """Return when the API server is ready; ProcessError if it ends or takes too long."""
        deadline = time.monotonic() + READY_SECONDS
        while not await self.api.ready():
            self.check()
            if time.monotonic() > deadline:
                raise ProcessError(f"{self.server.child.name} is not ready in time")
            await asyncio.sleep(_POLL_SECONDS)

    def start_others(self) -> None:
        """Start what works against a ready API server."""
        shared, stages = self.shared, self.shared.programs.kwok_stages
        if stages is None:
            raise ProcessError("kwok has no stages")
        manager = start_controllers(shared.programs, self.server, CONTROLLERS, CONTROLLER_FLAGS)
        self.children.append(manager)
        self.children.append(start_scheduler(shared.programs, self.server))
        port = shared.ports.take()
        self.ports.append(port)
        self.children.append(
            start(
                f"kwok of {self.server.settings.name}",
                [
                    shared.programs.path("kwok"),
                    *kwok_flags(self.server.kubeconfig, stages, port),
                ],
                log=self.server.settings.logs / "kwok.log",
            )
        )

    async def stop(self) -> None:
        """End the programs, forget what the cluster stored, and give its ports back."""
        for child in self.children:
            if child.alive:
                child.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while any(child.alive for child in self.children):
            if time.monotonic() > deadline:
                _kill(self.children)
            await asyncio.sleep(_POLL_SECONDS)
        for port in self.ports:
            self.shared.ports.release(port)
        settings = self.server.settings
        await delete_prefix(self.shared.session, settings.etcd_url, settings.etcd_prefix)


def start_control_plane(key: ClusterKey, shared: Surroundings) -> ControlPlane:
    """Start a cluster's API server, with an authority, a port and an etcd prefix of its own.

    The prefix is a new one even for a name that was used before. See `ControlPlane.wait`.
    """
    webhooks_url = f"{shared.webhooks_url}/{key.path}"
    settings = api_server_settings(
        name=key.name,
        directory=shared.directories.cluster(key),
        logs=shared.directories.logs(key),
        etcd_url=shared.etcd_url,
        etcd_prefix=f"/clusters/{key.path}/{secrets.token_hex(4)}",
        webhooks_url=webhooks_url,
    )
    write_files(settings, serving_certificates(key.name), webhooks_url)
    return _control_plane(settings, shared)


def _control_plane(settings: ApiServerSettings, shared: Surroundings) -> ControlPlane:
    server = start_api_server(shared.programs, settings, shared.ports)
    tls = ssl.create_default_context(cadata=server.access.authority.decode())
    api = KubeApi(shared.session, server.url, server.access.token, tls)
    port = urlsplit(server.url).port
    return ControlPlane(server, api, shared, [server.child], [port] if port else [])


def _kill(children: list[Child]) -> None:
    for child in children:
        if child.alive:
            child.process.kill()
