"""What runs on this machine, found by a mark in the environment that children inherit."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from sigopt_sandbox.processes import wait_until

MARK = "SANDBOX_TEST_MARK"


def marked(mark: str) -> set[int]:
    """The pids of living processes that were started with MARK=`mark`, or by one of them."""
    wanted = f"{MARK}={mark}".encode()
    return {pid for pid in _pids() if wanted in _environment(pid).split(b"\0")}


def descendants(pid: int) -> set[int]:
    """The pids of a process's children, and of theirs."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            found.add(child)
            waiting.append(child)
    return found


def alive(pids: set[int]) -> set[int]:
    """Which of these run; one that ended and was not collected by its parent does not."""
    return {pid for pid in pids if _state(pid) not in ("", "Z")}


def all_end(pids: set[int]) -> None:
    """Return when none of these runs any more."""
    wait_until(lambda: not alive(pids), what=f"the end of {sorted(pids)}")


def none_marked(mark: str) -> None:
    """Return when nothing marked runs any more."""
    wait_until(lambda: not marked(mark), what=f"the end of what has the mark {mark}")


def _pids() -> Iterator[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())  # noqa: PTH208


def command(pid: int) -> str:
    """The command line of a process, each word ended by NUL; nothing where it ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (OSError, ProcessLookupError):
        return ""


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except (OSError, ProcessLookupError):
        return b""


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (OSError, ProcessLookupError):
        return []
    return [int(child) for child in text.split()]


def _state(pid: int) -> str:
    """The letter of proc(5), or nothing when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except (OSError, ProcessLookupError):
        return ""


def listening(pid: int) -> set[tuple[str, int]]:
    """The (address, port) of every TCP socket on which a process listens."""
    sockets = _sockets(pid)
    rows = [row for name in ("tcp", "tcp6") for row in _rows(Path(f"/proc/{pid}/net/{name}"))]
    return {_address(row[1]) for row in rows if row[3] == _LISTENING and row[9] in sockets}


_LISTENING = "0A"


def _rows(table: Path) -> list[list[str]]:
    return [line.split() for line in table.read_text().splitlines()[1:]]


def _sockets(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    links = [_link(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}


def _link(entry: Path) -> str:
    """Where it leads; nowhere where it was closed since it was listed."""
    try:
        return os.readlink(entry)  # noqa: PTH115
    except FileNotFoundError:
        return ""


def _address(text: str) -> tuple[str, int]:
    """An address of /proc/net/tcp: the bytes of each word in reverse, in hexadecimal."""
    host, _, port = text.partition(":")
    raw = b"".join(bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, len(host), 8))
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, raw), int(port, 16)
