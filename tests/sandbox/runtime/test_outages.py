"""The management cluster itself fails: the operator goes on by itself once it is back."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.kubectl import CRD
from tests.sandbox.runtime.clusters import SPEC, Administrator
from tests.sandbox.runtime.conftest import BASE, Deployed, deploy
from tests.sandbox.runtime.operators import Look, Operator, running

from sigopt_operator.runtime import kube
from sigopt_sandbox.kubernetes.management import Management, management_cluster
from sigopt_sandbox.processes import Child, start, stop
from sigopt_sandbox.weather.before import Before, before_api_server

LONG = 60.0
FOUR = {"spec": {"cpu": {**SPEC["cpu"], "maxNodes": 4}}}  # type: ignore[dict-item]
STORM = {
    "seed": 11,
    "conflict": 0.3,
    "throttled": 0.05,
    "failed": 0.05,
    "lost": 0.03,
    "reset": 0.02,
    "truncated": 0.02,
    "expired": 0.2,
    "latency": 0.2,
}
QUICK = (1.0, 1.0)
"""Seconds that a round waits for the API server here."""


class Mortal:
    """A management cluster of which parts end and come back."""

    def __init__(self, management: Management) -> None:
        self.management = management
        self.started: list[Child] = []

    def kill(self, child: Child) -> None:
        """End it as a machine that loses power does."""
        child.process.kill()
        child.process.wait()

    def start_again(self, child: Child) -> None:
        """The same program with the same arguments."""
        arguments: Any = child.process.args
        log = child.log.with_name(f"{child.log.stem}-{len(self.started)}.log")
        self.started.append(start(child.name, arguments, log=log))

    async def until_ready(self, *, is_so: bool = True) -> None:
        """Wait until the API server says of itself that it is, or is not."""
        async with asyncio.timeout(LONG):
            while await asyncio.to_thread(self.management.server.ready) is not is_so:
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    with management_cluster(tmp_path_factory.mktemp("mortal")) as management:
        found = Mortal(management)
        try:
            yield found
        finally:
            stop(found.started)


@pytest.fixture(scope="module")
def deployed(mortal: Mortal, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return deploy(mortal.management, tmp_path_factory.mktemp("operator"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds wait for the API server for a second, and no quarter of a minute."""
    monkeypatch.setattr(kube, "TIMEOUT", QUICK)


async def begins(operator: Operator, admin: Administrator) -> None:
    """One resource that stays, and one whose deletion waits: of that there is always a round."""
    for name in ("old", "leaving"):
        admin.create(name)
        await operator.until(lambda: _seen(operator, admin, name, 1), "a round")  # noqa: B023
    admin.delete("leaving")
    await operator.until(lambda: operator.look.of(admin.key("leaving"))[-1].deleting, "it leaves")


async def fails(operator: Operator) -> None:
    """One round more finds the API server away."""
    before = await _failures(operator)
    async with asyncio.timeout(LONG):
        while await _failures(operator) == before:
            await asyncio.sleep(0.05)


async def _failures(operator: Operator) -> str:
    """How many rounds could not reach the management cluster, as Prometheus is told."""
    series = 'sigopt_operator_rounds_total{outcome="management_api"}'
    _, told = await operator.probe("/metrics")
    return next(line for line in told.splitlines() if line.startswith(series))


async def serves(operator: Operator, admin: Administrator) -> None:
    """It does everything: what was there is edited and goes, what is leaving goes, one is made."""
    admin.patch("old", FOUR)
    await operator.until(lambda: _seen(operator, admin, "old", 2), "the edit")
    admin.create("new")
    await operator.until(lambda: _seen(operator, admin, "new", 1), "the new one")
    await operator.until(lambda: _says(admin, "old", 2) and _says(admin, "new", 1), "the statuses")
    operator.look.release.set()
    for name in ("old", "new"):
        admin.delete(name)
    await operator.until(lambda: not admin.names(), "they are gone")


def _seen(operator: Operator, admin: Administrator, name: str, generation: int) -> bool:
    look = Look(admin.key(name), generation, finalizer=True)
    return look in operator.look.of(admin.key(name))


def _says(admin: Administrator, name: str, generation: int) -> bool:
    return bool(admin.read(name).get("status", {}).get("observedGeneration") == generation)


async def test_the_api_server_is_killed_and_started_again(
    mortal: Mortal, deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator) as operator:
        await begins(operator, admin)
        mortal.kill(mortal.management.server.child)
        await fails(operator)
        mortal.start_again(mortal.management.server.child)
        await mortal.until_ready()
        await serves(operator, admin)


async def test_etcd_hangs_and_then_it_is_killed_and_started_again(
    mortal: Mortal, deployed: Deployed, admin: Administrator
) -> None:
    etcd = mortal.management.etcd.child
    async with running(deployed.operator) as operator:
        await begins(operator, admin)
        etcd.process.send_signal(signal.SIGSTOP)
        try:
            await fails(operator)
        finally:
            etcd.process.send_signal(signal.SIGCONT)
        await mortal.until_ready()
        mortal.kill(etcd)
        await mortal.until_ready(is_so=False)
        mortal.start_again(etcd)
        await mortal.until_ready()
        await serves(operator, admin)


async def _kubectl(deployed: Deployed, *arguments: str) -> None:
    """The operator, in this event loop, goes on meanwhile."""
    await asyncio.to_thread(deployed.kubectl.must, *arguments)


async def test_the_crd_is_removed_and_comes_back(deployed: Deployed, admin: Administrator) -> None:
    """That deletes every resource, as always in Kubernetes; those of a later one are served."""
    async with running(deployed.operator) as operator:
        await begins(operator, admin)
        await _kubectl(deployed, "delete", "--wait=false", "-f", str(CRD))
        await operator.until(lambda: operator.look.of(admin.key("old"))[-1].deleting, "it leaves")
        operator.look.release.set()
        await _kubectl(deployed, "wait", "--for=delete", "-f", str(CRD), "--timeout=60s")
        await operator.until_answers("/readyz", 503, "waiting for the SigOptCluster CRD")
        await _kubectl(deployed, "apply", "-k", str(BASE))
        await asyncio.to_thread(deployed.kubectl.await_crds)
        admin.create("new")
        await operator.until(lambda: _seen(operator, admin, "new", 1), "the new one")


async def _serve_crd(deployed: Deployed, *, is_so: bool) -> None:
    patch = [{"op": "replace", "path": "/spec/versions/0/served", "value": is_so}]
    await _kubectl(deployed, "patch", "-f", str(CRD), "--type=json", f"-p={json.dumps(patch)}")


async def test_a_crd_that_is_not_served_for_a_while_lets_nothing_go(
    deployed: Deployed, admin: Administrator
) -> None:
    """The API server then answers 404 for resources that are there all the same."""
    async with running(deployed.operator) as operator:
        await begins(operator, admin)
        operator.look.release.clear()
        await _serve_crd(deployed, is_so=False)
        try:
            await operator.until_answers("/readyz", 503, "waiting for the SigOptCluster CRD")
            await fails(operator)
        finally:
            await _serve_crd(deployed, is_so=True)
        await operator.until_leading()
        assert admin.names() == ["leaving", "old"]
        assert not [look for look in operator.look.looks if look.generation is None]
        await serves(operator, admin)


async def test_a_finalizer_whose_answer_is_lost_does_not_make_kopf_blind_for_its_resource(
    mortal: Mortal, deployed: Deployed, admin: Administrator, tmp_path: Path
) -> None:
    """kopf asks again, is refused since it stands already, and waits for an event that never comes.

    A resource made just then would be served only once somebody edits it.
    """
    with before_api_server(mortal.management.kubeconfig, tmp_path) as before:
        kubeconfig = before.kubeconfig(deployed.operator, tmp_path / "kubeconfig")
        async with running(kubeconfig) as operator:
            admin.create("old")
            await operator.until(lambda: _says(admin, "old", 1), "it watches")
            before.weather({"lost": 1.0}, admin.namespace)
            admin.create("unlucky")
            await operator.until(lambda: _lost(before, admin), "the answer is lost")
            before.weather(None, admin.namespace)
            await operator.until(lambda: _seen(operator, admin, "unlucky", 1), "a round")


def _lost(before: Before, admin: Administrator) -> int:
    """How many answers were lost until now."""
    return before.so_far().get(admin.namespace, {}).get("lost", 0)


async def test_a_watch_that_ended_by_an_error_is_not_the_end_of_the_process_ten_minutes_later(
    mortal: Mortal,
    deployed: Deployed,
    admin: Administrator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """kopf has that killed which runs it, if it still runs then."""
    loop = asyncio.get_running_loop()
    call_later, later = loop.call_later, []

    def noted(delay: float, callback: Any, *args: Any, **more: Any) -> asyncio.TimerHandle:
        later.append(callback)
        return call_later(delay, callback, *args, **more)

    monkeypatch.setattr(loop, "call_later", noted)
    with before_api_server(mortal.management.kubeconfig, tmp_path) as before:
        kubeconfig = before.kubeconfig(deployed.operator, tmp_path / "kubeconfig")
        async with running(kubeconfig) as operator:
            before.weather({"expired": 1.0})
            before.weather({"expired": 1.0}, admin.namespace)
            await operator.until(lambda: "the watch ended" in caplog.text, "it ended")
            before.weather(None)
            before.weather(None, admin.namespace)
            admin.create("new")
            await operator.until(lambda: _says(admin, "new", 1), "it watches again")
    assert later
    assert signal.pthread_kill not in later


async def test_conflicts_expired_watches_and_errors_only_delay(
    mortal: Mortal, deployed: Deployed, admin: Administrator, tmp_path: Path
) -> None:
    with before_api_server(mortal.management.kubeconfig, tmp_path) as before:
        kubeconfig = before.kubeconfig(deployed.operator, tmp_path / "kubeconfig")
        async with running(kubeconfig) as operator:
            await begins(operator, admin)
            before.weather(STORM)
            before.weather(STORM, admin.namespace)
            await operator.until(
                lambda: {"conflict", "failed"} <= set(before.so_far().get(admin.namespace, {})),
                "both are met",
            )
            await serves(operator, admin)
