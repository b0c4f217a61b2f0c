"""The lease is measured by a clock that never jumps, whatever the machine's own one does."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.leases import FakeLeases
from tests.waiting import settled

from sigopt_operator.runtime.lease import CLIENT_GO, Lease

DAY, HOUR = 86_400.0, 3_600.0
SOON = timedelta(seconds=3)


class EnoughError(Exception):
    """The time of a test is over."""


@dataclass
class Steady:
    """Seconds that pass while somebody sleeps, and not otherwise."""

    now: float = 0.0
    until: float = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self.until:
            raise EnoughError
        await settled()


@dataclass
class World:
    """Operators and the lease that they want."""

    leases: FakeLeases = field(default_factory=FakeLeases)
    clock: Steady = field(default_factory=Steady)

    def operator(self, name: str) -> Lease:
        return Lease(
            self.leases,
            namespace="ops",
            name="lease",
            holder=name,
            clock=self.clock,
            sleep=self.clock.sleep,
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How far the machine's clock has jumped, as a list of one."""
    jumped, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + jumped[0])
    return jumped


async def test_a_standby_whose_clock_jumps_forwards_does_not_take_a_lease_that_is_renewed(
    world: World, wall: list[float]
) -> None:
    first, second = world.operator("first"), world.operator("second")
    await first.acquire()
    holding = first.hold()

    async def sleep(seconds: float) -> None:
        wall[0] += DAY
        world.clock.now += seconds
        await first._renew()
        if world.clock.now > 60:
            raise EnoughError

    second._sleep = sleep
    with pytest.raises(EnoughError):
        await second.acquire()
    holding.close()
    assert world.leases.holder == "first"


async def test_a_standby_whose_clock_jumps_backwards_takes_a_lease_that_expired(
    world: World, wall: list[float]
) -> None:
    await world.operator("killed").acquire()
    second = world.operator("second")

    async def sleep(seconds: float) -> None:
        wall[0] -= HOUR
        await world.clock.sleep(seconds)

    second._sleep = sleep
    await second.acquire()
    assert CLIENT_GO.expires_after <= world.clock.now <= CLIENT_GO.expires_after + 2
    assert world.leases.holder == "second"


@pytest.mark.parametrize("jump", [-HOUR, DAY])
async def test_a_holder_that_cannot_reach_it_gives_up_before_it_expires_whatever_the_clock_does(
    world: World, wall: list[float], jump: float
) -> None:
    lease = world.operator("first")
    await lease.acquire()
    world.leases.away = True
    wall[0] += jump
    await lease.hold()
    assert world.clock.now < CLIENT_GO.expires_after


async def holds_through_a_short_outage(world: World, lease: Lease) -> None:
    async def sleep(seconds: float) -> None:
        world.leases.away = 10 < world.clock.now < 16
        await world.clock.sleep(seconds)

    lease._sleep = sleep
    with pytest.raises(EnoughError):
        await lease.hold()
    assert world.leases.holder == "first"


async def test_a_holder_renews_on_after_an_outage_that_was_short(world: World) -> None:
    lease = world.operator("first")
    await lease.acquire()

    await holds_through_a_short_outage(world, lease)


@pytest.mark.parametrize("error", [ValueError("canary"), RecursionError("canary")])
async def test_half_of_an_answer_is_none_and_costs_no_lease(
    world: World, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """The client's complaint quotes what it got."""
    lease = world.operator("first")
    await lease.acquire()
    world.leases.error = error

    await holds_through_a_short_outage(world, lease)
    world.leases.away = True
    await lease.release(SOON)
    assert "the lease was not given back, it will expire: the answer is no Lease" in caplog.text
    assert "canary" not in caplog.text


async def test_a_holder_whose_lease_another_has_goes_at_once(world: World) -> None:
    """It was stopped for a while, say: nothing is renewed while a machine sleeps."""
    lease = world.operator("first")
    await lease.acquire()
    world.leases.lease.spec.holder_identity = "second"
    world.leases.lease.metadata.resource_version = "another"
    await lease.hold()
    assert world.clock.now <= CLIENT_GO.retry_every
    assert world.leases.holder == "second"


async def test_one_that_is_given_back_is_taken_at_once(world: World) -> None:
    first, second = world.operator("first"), world.operator("second")
    await first.acquire()
    await first.release(SOON)
    await second.acquire()
    assert world.clock.now == 0
    assert (world.leases.holder, world.leases.lease.spec.lease_transitions) == ("second", 0)


class Stale(FakeLeases):
    """Shows what stood there before somebody else took it."""

    async def read_namespaced_lease(self, *_: str) -> Any:
        self._answer()
        shown = copy.deepcopy(self.lease)
        shown.spec.holder_identity = ""
        shown.metadata.resource_version = "of before"
        return shown


async def test_one_that_another_took_meanwhile_is_not_had_too(world: World) -> None:
    await world.operator("first").acquire()
    world.leases = Stale(world.leases.lease)
    with pytest.raises(EnoughError):
        await world.operator("second").acquire()
    assert world.leases.holder == "first"


async def test_a_holder_renews_without_reading_what_it_wrote_itself(world: World) -> None:
    lease = world.operator("first")
    await lease.acquire()
    reads = world.leases.reads
    with pytest.raises(EnoughError):
        await lease.hold()
    assert world.leases.writes > 10
    assert world.leases.reads == reads


async def test_a_holder_whose_lease_was_changed_or_deleted_reads_it_and_has_it_again(
    world: World,
) -> None:
    lease = world.operator("first")
    await lease.acquire()
    world.leases.lease.metadata.resource_version = "annotated by somebody"
    await lease._renew()
    world.leases.lease = None
    with pytest.raises(EnoughError):
        await lease.hold()
    assert world.leases.holder == "first"
