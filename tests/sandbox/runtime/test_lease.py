"""One operator works, the others stand by, by a Lease on a real API server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kubernetes.aio import client
from tests.sandbox.runtime.clusters import Administrator
from tests.sandbox.runtime.conftest import NAME, Deployed
from tests.sandbox.runtime.operators import process, running
from tests.waiting import until

from sigopt_operator.runtime.connection import aio_api_client
from sigopt_operator.runtime.lease import Lease, Timing

STANDBY = "standby: another operator holds the lease"
SOON = timedelta(seconds=3)
# The shortest that the election takes.
QUICK = Timing(expires_after=3, renew_within=1.5, retry_every=1, attempt=1)


@pytest.fixture
def leased(admin: Administrator) -> dict[str, Any]:
    """The settings of an operator that takes the lease of deploy/base."""
    admin.leases.delete_collection_namespaced_lease(NAME)
    return {"standalone": False, "lease_namespace": NAME, "namespaces": (admin.namespace,)}


async def test_a_second_operator_stands_by_and_takes_over_when_the_first_ends(
    deployed: Deployed, admin: Administrator, leased: dict[str, Any], tmp_path: Path
) -> None:
    # kopf ends every task of its event loop with it: one operator a process.
    with process(deployed.operator, admin, tmp_path / "log") as first:
        await until(lambda: admin.holder(NAME), "the first took the lease")
        async with running(deployed.operator, **leased, operator_id="second") as second:
            await second.until_answers("/readyz", 200, STANDBY)
            admin.create("a")
            await until(lambda: admin.read("a")["status"].get("phase"), "a round of the first")
            assert second.look.looks == []
            first.terminate()
            assert first.wait(10) == 0
            await second.until_leading()
            assert admin.holder(NAME) == "second"
            await second.until(lambda: second.look.of(admin.key("a")), "a round")


async def test_the_lease_is_given_back_at_the_end(
    deployed: Deployed, admin: Administrator, leased: dict[str, Any]
) -> None:
    async with running(deployed.operator, **leased) as operator:
        await operator.until_leading()
    assert admin.holder(NAME) == ""


async def test_a_standby_that_ends_leaves_the_lease_alone(
    deployed: Deployed, admin: Administrator, leased: dict[str, Any], tmp_path: Path
) -> None:
    with process(deployed.operator, admin, tmp_path / "log"):
        await until(lambda: admin.holder(NAME), "the first took the lease")
        async with running(deployed.operator, **leased, operator_id="second") as second:
            await second.until_answers("/readyz", 200, STANDBY)
            assert (await second.end()).code == 0
        assert admin.holder(NAME) not in ("", "second")


async def test_an_operator_that_lost_the_lease_ends(
    deployed: Deployed, admin: Administrator, leased: dict[str, Any]
) -> None:
    async with running(deployed.operator, **leased) as operator:
        await operator.until_leading()
        taken = {"spec": {"holderIdentity": "thief", "leaseDurationSeconds": 60}}
        admin.leases.patch_namespaced_lease(NAME, NAME, taken)
        end = await asyncio.wait_for(operator.task, 60)
        assert end.code == 1
    assert admin.holder(NAME) == "thief"


@pytest.fixture
async def api(deployed: Deployed) -> AsyncIterator[Any]:
    found = await aio_api_client(deployed.admin)
    try:
        yield found
    finally:
        await found.close()


@pytest.fixture
def name() -> str:
    return f"lease-{uuid4().hex[:8]}"


def _lease(api: Any, holder: str, name: str) -> Lease:
    leases = client.CoordinationV1Api(api)
    return Lease(leases, namespace=NAME, name=name, holder=holder, timing=QUICK)


async def test_a_lease_that_somebody_took_is_lost_and_not_given_back(
    admin: Administrator, api: Any, name: str
) -> None:
    lease = _lease(api, "first", name)
    await lease.acquire()
    holding = asyncio.create_task(lease.hold())
    taken = {"spec": {"holderIdentity": "thief", "leaseDurationSeconds": 60}}
    admin.leases.patch_namespaced_lease(name, NAME, taken)
    await until(holding.done, "it noticed")
    await lease.release(SOON)
    assert admin.holder(NAME, name) == "thief"


async def test_a_lease_whose_holder_is_gone_can_be_had_once_it_expired(
    admin: Administrator, api: Any, name: str
) -> None:
    await _lease(api, "killed", name).acquire()
    await asyncio.wait_for(_lease(api, "next", name).acquire(), 30)
    spec: Any = admin.leases.read_namespaced_lease(name, NAME).spec
    assert (spec.holder_identity, spec.lease_transitions) == ("next", 1)


async def test_a_lease_that_cannot_be_reached_is_lost_rather_than_a_crash(
    api: Any, name: str
) -> None:
    lease = _lease(api, "first", name)
    await lease.acquire()
    api.configuration.host = "https://127.0.0.1:1"
    await asyncio.wait_for(lease.hold(), 30)
    await lease.release(SOON)
