"""The programs of one cluster: API server, controllers, scheduler, kwok."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from dataclasses import dataclass

import aiohttp

from sigopt_sandbox.clusters.certificates import ServingCertificates, serving_certificates
from sigopt_sandbox.clusters.directories import ClusterDirectories
from sigopt_sandbox.clusters.real.etcd import delete_prefix
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.real.settings import ControlPlaneSettings
from sigopt_sandbox.clusters.wanted import ClusterKey
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


class ControlPlane:
    """The running programs of one cluster."""

    def __init__(
        self, key: ClusterKey, shared: Surroundings, certificates: ServingCertificates
    ) -> None:
        """Choose a port and an etcd prefix, new ones even for a name that was used before."""
        self._key = key
        self._shared = shared
        self._certificates = certificates
        self._children: list[Child] = []
        self._ports = [shared.ports.take(), shared.ports.take()]
        self._settings = ControlPlaneSettings(
            directory=shared.directories.cluster(key),
            port=self._ports[0],
            etcd_url=shared.etcd_url,
            etcd_prefix=f"/clusters/{key.path}/{secrets.token_hex(4)}",
            webhooks_url=f"{shared.webhooks_url}/{key.path}",
            admin_token=secrets.token_hex(16),
        )
        tls = ssl.create_default_context(cadata=certificates.authority.decode())
        self.api = KubeApi(shared.session, self._settings.url, self._settings.admin_token, tls)

    @property
    def url(self) -> str:
        """Where the API server answers."""
        return self._settings.url

    @property
    def authority_data(self) -> str:
        """The PEM of the cluster's authority, in base64."""
        return self._certificates.authority_data

    async def start(self) -> None:
        """Start the programs; returns when the API server is ready.

        Raises ProcessError when a program ends or the API server is not ready in time.
        """
        settings, programs = self._settings, self._shared.programs
        settings.write(self._certificates)
        self._run("kube-apiserver", settings.api_server())
        await self._ready()
        self._run("kube-controller-manager", settings.controller_manager())
        self._run("kube-scheduler", settings.scheduler())
        if programs.kwok_stages is None:
            raise ProcessError("kwok has no stages")
        self._run("kwok", settings.kwok(programs.kwok_stages, self._ports[1]))

    def check(self) -> None:
        """Raise ProcessError when a program has ended by itself."""
        for child in self._children:
            child.check()

    async def stop(self) -> None:
        """End the programs, forget what the cluster stored, and give its ports back."""
        for child in self._children:
            if child.alive:
                child.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while any(child.alive for child in self._children):
            if time.monotonic() > deadline:
                _kill(self._children)
            await asyncio.sleep(_POLL_SECONDS)
        await delete_prefix(self._shared.session, self._shared.etcd_url, self._settings.etcd_prefix)
        for port in self._ports:
            self._shared.ports.release(port)

    async def _ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not await self.api.ready():
            self.check()
            if time.monotonic() > deadline:
                raise ProcessError(f"the API server of {self._key.name} is not ready in time")
            await asyncio.sleep(_POLL_SECONDS)

    def _run(self, program: str, flags: list[str]) -> None:
        log = self._shared.directories.logs(self._key) / f"{program}.log"
        path = self._shared.programs.path(program)
        self._children.append(start(program, [path, *flags], log=log))


def new_control_plane(key: ClusterKey, shared: Surroundings) -> ControlPlane:
    """A control plane with certificates of its own, not yet started."""
    return ControlPlane(key, shared, serving_certificates(key.name))


def _kill(children: list[Child]) -> None:
    for child in children:
        if child.alive:
            child.process.kill()
