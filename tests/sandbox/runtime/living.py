"""An operator that does all it does, on a real API server; AWS alone is in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
from tests.component.rounds import Rig
from tests.fakes.aws import FakeAws
from tests.fakes.management_api import FakeManagementApi

from sigopt_operator.handlers.watch import watch
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import KubernetesManagementApi, ManagementApi
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.process import End, run
from sigopt_operator.runtime.rounds import Next
from sigopt_operator.runtime.settings import Settings
from sigopt_sandbox.ports import Ports

SPEED = 600.0


@dataclass
class LivingRound(Rig):
    """Whole rounds; between two of them AWS goes on with whatever it is doing."""

    def __post_init__(self) -> None:
        self.aws.now = lambda: datetime.now(UTC)
        self.restart()

    def __call__(self, key: Key) -> Next:
        self.aws.advance()
        now = replace(self.reconciler, clock=lambda: datetime.now(UTC), speed=SPEED)
        return now(key)

    def tidy(self) -> None:
        self.reconciler.tidy()


@dataclass(frozen=True)
class Living:
    """One that runs in this process."""

    task: asyncio.Task[End]
    probes: str

    async def ready(self) -> tuple[int, str]:
        """What the kubelet is told."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.probes}/readyz") as answer,
            ):
                return answer.status, (await answer.text()).strip()
        except aiohttp.ClientConnectionError:
            return 0, ""


@asynccontextmanager
async def living(
    kubeconfig: Path, aws: FakeAws, *, argocd_namespace: str, **chosen: Any
) -> AsyncIterator[Living]:
    """An operator under that kubeconfig; it is ended with the block."""
    with closing(Ports()) as ports:
        port = ports.take()
    settings = Settings(kubeconfig=kubeconfig, probe_address="127.0.0.1", probe_port=port, **chosen)
    api: ManagementApi = KubernetesManagementApi(configuration(kubeconfig), reporter="living")
    with ThreadPoolExecutor(8) as executor:
        look = LivingRound(
            executor,
            api=cast(FakeManagementApi, api),
            aws=aws,
            argocd_namespace=argocd_namespace,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(run(settings, look, watch, Metrics(), stop=stop))
        try:
            yield Living(task, f"http://127.0.0.1:{port}")
        finally:
            stop.set()
            await asyncio.wait_for(task, 30)
