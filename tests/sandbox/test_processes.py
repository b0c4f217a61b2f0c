"""Children end with their parent, are ended in order, and say why they ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.sandbox.process_table import all_end

from sigopt_sandbox.processes import Child, ProcessError, start, stop, wait_until

PYTHON = sys.executable
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); "
PARENT = """
import sys, time
from pathlib import Path
from sigopt_sandbox.processes import start
child = start("child", ["sleep", "600"], log=Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(600)
"""


def sleeping(name: str, directory: Path) -> Child:
    return start(name, ["sleep", "600"], log=directory / f"{name}.log")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_ends_with_its_parent_however_that_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    parent = subprocess.Popen(
        [PYTHON, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(number)
    all_end({child})


def test_a_child_cannot_be_started_by_another_thread_whose_end_would_kill_it(
    tmp_path: Path,
) -> None:
    refusals: list[RuntimeError] = []

    def try_it() -> None:
        try:
            sleeping("child", tmp_path)
        except RuntimeError as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    assert "must be started by the main thread" in str(refusals[0])


def test_waiting_for_a_child_that_ends_shows_the_end_of_its_log(tmp_path: Path) -> None:
    argv = ["sh", "-c", "echo no such luck; exit 3"]
    child = start("the program", argv, log=tmp_path / "log")
    with pytest.raises(ProcessError, match=r"the program ended \(exit status 3\)(?s:.)*no such"):
        wait_until(lambda: False, what="it", children=[child])


def test_a_child_that_was_killed_is_said_to_be(tmp_path: Path) -> None:
    child = sleeping("the program", tmp_path)
    child.process.kill()
    with pytest.raises(ProcessError, match=r"the program ended \(SIGKILL\)"):
        wait_until(lambda: False, what="it", children=[child])


def test_what_is_not_there_in_time_is_named_with_the_log_of_who_should_bring_it(
    tmp_path: Path,
) -> None:
    child = start(
        "the program", ["sh", "-c", "echo still trying; exec sleep 600"], log=tmp_path / "l"
    )
    wait_until(lambda: "still" in child.last_lines(), what="its first line", children=[child])
    with pytest.raises(ProcessError, match=r"its port is not there after(?s:.)*still trying"):
        wait_until(lambda: False, what="its port", children=[child], seconds=0.1)
    stop([child])


def test_groups_are_ended_one_after_the_other(tmp_path: Path) -> None:
    last = sleeping("last", tmp_path)
    order = f"import os; os.kill({last.pid}, 0); print('the last one runs')"
    first = start(
        "first",
        [PYTHON, "-c", f"import signal, time\ndef f(*_):\n {order}\n exit()\n"
         "signal.signal(15, f); print('up', flush=True)\ntime.sleep(600)"],
        log=tmp_path / "first.log",
    )  # fmt: skip
    wait_until(lambda: "up" in first.last_lines(), what="its handler", children=[first])
    stop([first], [last], grace=60)
    assert "the last one runs" in first.last_lines()
    assert not last.alive


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    child = start("deaf", [PYTHON, "-c", f"{DEAF}time.sleep(600)"], log=tmp_path / "log")
    wait_until(lambda: "up" in child.last_lines(), what="its first line", children=[child])
    stop([child], grace=0.1)
    assert child.process.returncode == -signal.SIGKILL
