"""A sandbox starts whole, stays until it is ended, and leaves no process however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.sandbox.process_table import (
    MARK,
    alive,
    all_end,
    command,
    descendants,
    listening,
    marked,
    none_marked,
)

from sigopt_sandbox.launcher import Sandbox, SandboxError, running, up
from sigopt_sandbox.launcher.layout import Layout
from sigopt_sandbox.launcher.state import State
from sigopt_sandbox.processes import wait_until
from sigopt_sandbox.web import call

PARTS = {"etcd", "kube-apiserver", "kube-controller-manager", "aws", "microburst", "clusters"}


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The mark of every process that this test starts; whatever has it afterwards is killed."""
    mark = uuid4().hex
    monkeypatch.setenv(MARK, mark)
    yield mark
    for pid in marked(mark) - {os.getpid()}:
        os.kill(pid, signal.SIGKILL)


def everything(sandbox: Sandbox) -> set[int]:
    supervisor = sandbox.state.pids["supervisor"]
    return {supervisor} | descendants(supervisor)


def start_up(directory: Path) -> subprocess.Popen[bytes]:
    """`sandbox up`, as a person types it."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sigopt_sandbox.cli",
            "up",
            f"--dir={directory}",
            "--endpoints=light",
        ]
    )


def test_up_returns_with_all_ready_and_down_leaves_nothing_but_logs(
    tmp_path: Path, mark: str
) -> None:
    sandbox = up(tmp_path, endpoints="light")
    assert set(sandbox.state.pids) >= PARTS
    assert set(sandbox.state.pids.values()) <= marked(mark)
    assert call("GET", f"{sandbox.state.aws_url}/_sandbox/ready")
    assert sandbox.calls() == {"total": 0, "by": {}}
    assert sandbox.leaks() == []
    processes = everything(sandbox)
    sandbox.down()
    assert alive(processes) == set()
    none_marked(mark)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["logs", "supervisor.lock"]
    secret = sandbox.state.secret_access_key.encode()
    assert not [log for log in (tmp_path / "logs").rglob("*.log") if secret in log.read_bytes()]
    sandbox.down()


def test_up_on_a_running_one_finds_it(sandbox: Sandbox) -> None:
    directory = sandbox.layout.directory
    assert up(directory).state == sandbox.state
    with pytest.raises(SandboxError, match="runs at speed 60 with real endpoints"):
        up(directory, speed=600)


def test_two_sandboxes_run_side_by_side_and_each_has_its_own_world(
    tmp_path: Path, mark: str
) -> None:
    with (
        running(tmp_path / "a", endpoints="none") as a,
        running(tmp_path / "b", endpoints="none") as b,
    ):
        ports = [listening(pid) for one in (a, b) for pid in everything(one)]
        flat = [port for found in ports for port in found]
        assert len(flat) == len(set(flat))
        assert {host for host, _ in flat} == {"127.0.0.1"}
        for one in (a, b):
            call_kubectl(one, "create", "namespace", "mine")
        assert a.state.access_key_id != b.state.access_key_id


def call_kubectl(sandbox: Sandbox, *arguments: str) -> None:
    subprocess.run(
        [sandbox.program("kubectl"), *arguments], env=os.environ | sandbox.env(), check=True
    )


def test_a_killed_supervisor_leaves_no_process_and_what_it_left_in_files_is_no_sandbox(
    tmp_path: Path, mark: str
) -> None:
    sandbox = up(tmp_path, endpoints="light")
    processes = everything(sandbox)
    assert len(processes) > len(PARTS)
    os.kill(sandbox.state.pids["supervisor"], signal.SIGKILL)
    all_end(processes)
    none_marked(mark)
    # Its first thread may have ended before the last one, with which the kernel drops the lock.
    wait_until(lambda: sandbox.layout.holder() is None, what="the lock is dropped")
    assert sandbox.layout.state.exists()
    with pytest.raises(SandboxError, match="no sandbox runs in"):
        Sandbox.load(tmp_path)
    again = up(tmp_path, endpoints="none")
    assert again.state.pids["supervisor"] != sandbox.state.pids["supervisor"]
    again.down()


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        pytest.param(signal.SIGTERM, "supervisor.lock", id="terminated before anything starts"),
        pytest.param(signal.SIGINT, "logs/kube-apiserver.log", id="interrupted at the API server"),
        pytest.param(
            signal.SIGKILL, "logs/kube-controller-manager.log", id="killed at the controllers"
        ),
    ],
)
def test_an_up_that_is_interrupted_leaves_nothing(
    tmp_path: Path, mark: str, number: signal.Signals, moment: str
) -> None:
    starting = start_up(tmp_path)
    wait_until((tmp_path / moment).exists, what=moment, seconds=60)
    starting.send_signal(number)
    assert starting.wait() != 0
    none_marked(mark)
    assert not (tmp_path / "state.json").exists()


def test_a_sandbox_that_a_killed_process_was_running_ends_with_it(
    tmp_path: Path, mark: str
) -> None:
    program = (
        "import sys, time\nfrom sigopt_sandbox.launcher import running\n"
        f"with running({str(tmp_path)!r}, endpoints='none'):\n"
        "    print('running', flush=True)\n    time.sleep(600)\n"
    )
    argv = [sys.executable, "-c", program]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "running\n"
        owner.kill()
    none_marked(mark)


def test_when_a_part_ends_all_end_and_the_supervisors_log_says_which(
    tmp_path: Path, mark: str
) -> None:
    sandbox = up(tmp_path, endpoints="none")
    os.kill(sandbox.state.pids["microburst"], signal.SIGKILL)
    none_marked(mark)
    log = (tmp_path / "logs" / "supervisor.log").read_text()
    assert "microburst ended (SIGKILL)" in log


def test_an_up_that_cannot_be_says_why_and_leaves_nothing(
    tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_AWS_PYTHON", "/bin/false")
    with pytest.raises(SandboxError, match=r"aws ended \(exit status 1\)"):
        up(tmp_path)
    none_marked(mark)
    monkeypatch.setenv("SANDBOX_AWS_PYTHON", "/no/such/python")
    with pytest.raises(SandboxError, match=r"no interpreter at /no/such/python: `make setup`"):
        up(tmp_path)


def test_a_directory_with_other_files_is_neither_used_nor_cleared(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "notes").write_text("mine")
    with pytest.raises(SandboxError, match="has files that are no sandbox's"):
        up(tmp_path)
    Layout.of(tmp_path).remove_secrets()
    assert (tmp_path / "aws" / "notes").read_text() == "mine"


def test_the_state_is_its_owners_alone_and_no_secret_is_in_a_command_line(
    sandbox: Sandbox,
) -> None:
    assert sandbox.layout.state.stat().st_mode & 0o777 == 0o600
    assert sandbox.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert State.read(sandbox.layout.state) == sandbox.state
    commands = [command(pid) for pid in everything(sandbox)]
    tokens = (sandbox.layout.management / "tokens.csv").read_text().partition(",")[0]
    for secret in (sandbox.state.secret_access_key, tokens):
        assert not [command for command in commands if secret in command]


def test_a_developers_own_aws_settings_reach_no_part(sandbox: Sandbox) -> None:
    for name, pid in sandbox.state.pids.items():
        if name in ("aws", "microburst", "clusters"):
            names = {line.partition("=")[0] for line in environment(pid)}
            assert "AWS_PROFILE" not in names, name


def environment(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().split("\0")
