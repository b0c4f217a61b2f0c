"""Ten seconds after it was told to end the process has, whatever hangs; by a clock that jumps."""

from __future__ import annotations

import asyncio
import selectors
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from tests.fakes.leases import FakeLeases
from tests.fakes.rounds import BlockingRound
from tests.waiting import settled

from sigopt_operator.runtime import crd, process
from sigopt_operator.runtime import lease as leases
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.lease import CLIENT_GO, Lease
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.settings import Settings

A = Key("ml", "a")
PROMISED = 10.0
ROOT = Path(__file__).parents[2]


class Jumping(selectors.DefaultSelector):
    """Whoever waits for a time has it at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0 if timeout else timeout)
        if not found:
            self.now += timeout or 0.0
        return found


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop of such a time."""

    def __init__(self) -> None:
        self.jumping = Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


@dataclass
class SlowLeases(FakeLeases):
    """Each answer to a question takes so many seconds."""

    seconds: float = 0.0

    async def read_namespaced_lease(self, *where: str) -> Any:
        await asyncio.sleep(self.seconds)
        return await super().read_namespaced_lease(*where)


@dataclass
class Hanging(BlockingRound):
    """A round that hangs once it began."""

    slow: frozenset[Key] = frozenset({A})

    def tidy(self) -> None:
        pass


@dataclass
class World:
    """A process in which everything hangs that can, once it was told to end."""

    lease_takes: float = 0.0
    """Seconds that the API server then takes for the lease."""
    told_by: str = "a signal"
    """Or `an API server that is away`, or `another` who has the lease, or both the first and the
    last."""
    leases: SlowLeases = field(default_factory=SlowLeases)
    look: Hanging = field(default_factory=Hanging)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    told_at: float = 0.0

    async def watch(
        self,
        _settings: Settings,
        queue: WorkQueue,
        *_: object,
        stop: asyncio.Event,
        started: Callable[[], None],
    ) -> None:
        """Hang, told or not."""
        started()
        queue.add(A)
        while not self.look.started:
            await settled()
        self.leases.seconds = self.lease_takes
        self.told_at = asyncio.get_running_loop().time()
        match self.told_by:
            case "another":
                self.leases.lease.spec.holder_identity = "another"
                self.leases.lease.metadata.resource_version = "the other's"
            case "an API server that is away":
                self.leases.away = True
            case "a signal, and then another has the lease":
                self.leases.lease.spec.holder_identity = "another"
                self.leases.lease.metadata.resource_version = "the other's"
                stop.set()
            case _:
                stop.set()
        await asyncio.Event().wait()

    @asynccontextmanager
    async def lease(self, *_: object) -> AsyncIterator[Lease]:
        """The lease, held from the beginning."""
        clock = asyncio.get_running_loop().time
        yield Lease(self.leases, namespace="ops", name="lease", holder="ours", clock=clock)

    async def seconds(self) -> float:
        """Which the end took."""
        settings = Settings(
            lease_namespace="ops", operator_id="ours", probe_address="127.0.0.1", probe_port=0
        )
        end = await process.run(
            settings, self.look, cast(process.Watch, self.watch), Metrics(), stop=self.stop
        )
        told = self.told_by.startswith("a signal")
        assert (end.code, end.cut_off) == (int(not told), True)
        return asyncio.get_running_loop().time() - self.told_at


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    async def served(*_: object) -> None:
        pass

    world = World()
    monkeypatch.setattr(crd, "served", served)
    monkeypatch.setattr(leases, "connected", world.lease)
    yield world
    world.look.gate.set()


def _ends_in(world: World) -> float:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(world.seconds())


def test_a_round_a_watch_and_an_api_server_that_hang_do_not_add_up(world: World) -> None:
    world.lease_takes = 60.0
    assert _ends_in(world) < PROMISED


def test_the_lease_is_given_back_whatever_hangs_before_it(world: World) -> None:
    world.lease_takes = 1.5
    assert _ends_in(world) < PROMISED
    assert world.leases.holder == ""


@pytest.mark.parametrize("lease_takes", [0.0, 60.0])
def test_cut_off_from_the_lease_it_ends_before_another_may_take_it(
    world: World, lease_takes: float
) -> None:
    """Its rounds, whose threads end only with it, acted on for six seconds and more."""
    world.told_by, world.lease_takes = "an API server that is away", lease_takes
    renewed_before = CLIENT_GO.retry_every
    assert _ends_in(world) < CLIENT_GO.expires_after - renewed_before


@pytest.mark.parametrize("told_by", ["another", "a signal, and then another has the lease"])
def test_it_ends_at_once_where_another_has_the_lease_and_leaves_it_alone(
    world: World, told_by: str
) -> None:
    world.told_by = told_by
    assert _ends_in(world) <= CLIENT_GO.retry_every + 2 * process.AT_ONCE.total_seconds()
    assert world.leases.holder == "another"


def test_a_thread_that_hangs_for_good_is_told_and_does_not_hold_up_the_end() -> None:
    command = [sys.executable, "-m", "tests.component.stuck"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "Timeout" in done.stderr
