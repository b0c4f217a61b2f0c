"""An operator whose rounds only look: everything but AWS is real."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from tests.sandbox.runtime.clusters import Administrator
from tests.waiting import until

from sigopt_operator.api import resource
from sigopt_operator.handlers.watch import watch
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.counted import CountedApi
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import KubernetesManagementApi, ManagementApi
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.process import End, run
from sigopt_operator.runtime.rounds import Next
from sigopt_operator.runtime.settings import Settings
from sigopt_sandbox.ports import Ports

T = TypeVar("T")
ROOT = Path(__file__).parents[3]
NAME = "sigopt-operator"
SOON = timedelta(milliseconds=50)


@dataclass(frozen=True)
class Look:
    """What one round saw; generation None: nothing of that name."""

    key: Key
    generation: int | None
    finalizer: bool = False
    deleting: bool = False


@dataclass
class LookingRound:
    """Notes what it sees, says so in the status, and lets deletions go when the test wants it."""

    api: ManagementApi
    looks: list[Look] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    patience: timedelta = SOON
    """Between two looks at a deletion."""
    tidied: int = 0
    trouble_in_tidying: Exception | None = None

    def __call__(self, key: Key) -> Next:
        found = self.api.read(key)
        if found is None:
            self.looks.append(Look(key, None))
            return Next(after=None, released=True)
        meta = found["metadata"]
        look = Look(
            key,
            meta["generation"],
            finalizer=resource.FINALIZER in meta.get("finalizers", ()),
            deleting="deletionTimestamp" in meta,
        )
        self.looks.append(look)
        return self._deletion(key, found) if look.deleting else self._say(key, found, "Ready")

    def tidy(self) -> None:
        self.tidied += 1
        if self.trouble_in_tidying:
            raise self.trouble_in_tidying

    def of(self, key: Key) -> list[Look]:
        return [look for look in self.looks if look.key == key]

    def _deletion(self, key: Key, found: dict[str, Any]) -> Next:
        if self.release.is_set():
            return Next(after=None, released=True)
        self._say(key, found, "Deleting")
        return Next(after=self.patience)

    def _say(self, key: Key, found: dict[str, Any], phase: str) -> Next:
        meta = found["metadata"]
        # Each look writes another status, so that every one of them is an event for the watch.
        status = {
            "phase": phase,
            "observedGeneration": meta["generation"],
            "message": f"look {len(self.looks)}",
        }
        written = self.api.write_status(key, meta["resourceVersion"], status)
        return Next(after=None if written else SOON)


@dataclass
class Operator:
    """One that runs in this process."""

    look: LookingRound
    task: "asyncio.Task[End]"
    stop: asyncio.Event
    probes: str

    async def until(self, condition: Callable[[], T], what: str) -> T:
        """As `tests.waiting.until`, but at once when the operator ends."""

        def or_ended() -> T:
            assert not self.task.done(), f"the operator ended: {self.task}"
            return condition()

        return await until(or_ended, what)

    async def probe(self, path: str) -> tuple[int, str]:
        """What the kubelet would get: the status and the text; (0, "") while nothing listens."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(self.probes + path) as answer,
            ):
                return answer.status, (await answer.text()).strip()
        except aiohttp.ClientConnectionError:
            return 0, ""

    async def until_answers(self, path: str, status: int, text: str) -> None:
        deadline = time.monotonic() + 60
        while (found := await self.probe(path)) != (status, text):
            assert time.monotonic() < deadline, f"{path} still answers {found}"
            assert not self.task.done(), f"the operator ended: {self.task}"
            await asyncio.sleep(0.02)

    async def until_counted(self, line: str) -> None:
        """Until that line is in what Prometheus would scrape."""
        deadline = time.monotonic() + 60
        while line not in (told := await self.probe("/metrics"))[1].splitlines():
            assert time.monotonic() < deadline, f"no {line} in {told}"
            await asyncio.sleep(0.05)

    async def until_leading(self) -> None:
        await self.until_answers("/readyz", 200, "leading")

    async def end(self) -> End:
        self.stop.set()
        return await asyncio.wait_for(self.task, 30)


@contextmanager
def process(
    kubeconfig: Path, admin: Administrator, log: Path, kind: str = "looks"
) -> Iterator["subprocess.Popen[bytes]"]:
    """`operator_process` for the administrator's namespace; killed with the block."""
    command = [sys.executable, "-m", "tests.sandbox.runtime.operator_process", kind]
    command += ["--kubeconfig", str(kubeconfig), "--namespaces", admin.namespace]
    command += ["--lease-namespace", NAME, "--probe-address", "127.0.0.1", "--probe-port", "0"]
    admin.leases.delete_collection_namespaced_lease(NAME)
    with log.open("wb") as stderr:
        child = subprocess.Popen(command, cwd=ROOT, stderr=stderr)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@asynccontextmanager
async def running(kubeconfig: Path, **chosen: Any) -> AsyncIterator[Operator]:
    """An operator of the looking kind under that kubeconfig; it is ended with the block."""
    with closing(Ports()) as ports:
        port = ports.take()
    defaults: dict[str, Any] = {"standalone": True, "operator_id": "first"}
    settings = Settings(
        kubeconfig=kubeconfig,
        probe_address="127.0.0.1",
        probe_port=port,
        **(defaults | chosen),
    )
    metrics = Metrics()
    found = configuration(kubeconfig)
    api = CountedApi(KubernetesManagementApi(found, reporter=settings.operator_id), metrics)
    look, stop = LookingRound(api), asyncio.Event()
    task = asyncio.create_task(run(settings, look, watch, metrics, stop=stop))
    operator = Operator(look, task, stop, f"http://127.0.0.1:{port}")
    try:
        yield operator
    finally:
        await operator.end()
