"""The operator's process: how it ends, and what a killed one leaves."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.sandbox.runtime.clusters import Administrator
from tests.sandbox.runtime.conftest import NAME, Deployed
from tests.sandbox.runtime.operators import process, running
from tests.waiting import until

GRACE = 10
"""Seconds from SIGTERM to the end, as promised."""


def _said(admin: Administrator, name: str) -> bool:
    return bool(admin.read(name)["status"].get("phase"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_the_lease_given_back(
    deployed: Deployed, admin: Administrator, tmp_path: Path, number: signal.Signals
) -> None:
    admin.create("a")
    with process(deployed.operator, admin, tmp_path / "log") as child:
        await until(lambda: _said(admin, "a"), "a round")
        child.send_signal(number)
        assert child.wait(GRACE) == 0
    assert not admin.holder(NAME)
    lines = (tmp_path / "log").read_text().splitlines()
    assert {json.loads(line)["level"] for line in lines} == {"info"}


async def test_sigterm_ends_it_in_time_while_a_deletion_waits(
    deployed: Deployed, admin: Administrator, tmp_path: Path
) -> None:
    admin.create("a")
    with process(deployed.operator, admin, tmp_path / "log") as child:
        await until(lambda: _said(admin, "a"), "a round")
        admin.delete("a")
        await until(lambda: admin.read("a")["status"]["phase"] == "Deleting", "the deletion began")
        child.terminate()
        assert child.wait(GRACE) == 0
    assert admin.read("a")["metadata"]["finalizers"]


async def test_sigterm_ends_it_in_time_even_if_a_round_hangs(
    deployed: Deployed, admin: Administrator, tmp_path: Path
) -> None:
    admin.create("a")
    with process(deployed.operator, admin, tmp_path / "log", "hangs") as child:
        await until(lambda: _said(admin, "a"), "the round began")
        child.terminate()
        assert child.wait(GRACE) == 0
    assert not admin.holder(NAME)
    assert "the next operator takes it up" in (tmp_path / "log").read_text()


async def test_a_killed_one_loses_nothing(
    deployed: Deployed, admin: Administrator, tmp_path: Path
) -> None:
    admin.create("a")
    admin.create("b")
    with process(deployed.operator, admin, tmp_path / "log") as child:
        await until(lambda: _said(admin, "a") and _said(admin, "b"), "rounds")
        admin.delete("a")
        await until(lambda: admin.read("a")["status"]["phase"] == "Deleting", "the deletion began")
        child.kill()
    admin.patch("b", {"spec": {"cpu": {"maxNodes": 5}}})
    async with running(deployed.operator, namespaces=(admin.namespace,)) as successor:
        successor.look.release.set()
        await successor.until(lambda: admin.find("a") is None, "the deletion went on")
        await successor.until(
            lambda: admin.read("b")["status"]["observedGeneration"] == 2, "the edit was seen"
        )


async def test_what_outlasts_rounds_is_tidied_up_again_and_again_even_if_no_round_runs(
    deployed: Deployed, admin: Administrator, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(deployed.operator, namespaces=(admin.namespace,)) as operator:
        operator.look.trouble_in_tidying = RuntimeError("a bug")
        await operator.until(lambda: operator.look.tidied > 1, "two times")
        assert "a bug in tidying up" in caplog.text
    assert not operator.look.looks


def test_wrong_settings_end_it_at_once() -> None:
    command = [str(Path(sys.executable).with_name("sigopt-operator")), "run", "--workers", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "--workers (SIGOPT_OPERATOR_WORKERS)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_ends_it_with_a_line(deployed: Deployed) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [str(Path(sys.executable).with_name("sigopt-operator")), "run", "--standalone"]
        command += ["--kubeconfig", str(deployed.operator), "--probe-address", "127.0.0.1"]
        command += ["--probe-port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr
