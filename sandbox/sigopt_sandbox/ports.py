"""Free ports on 127.0.0.1, never the same one twice among the sandboxes of a machine."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from pathlib import Path

LOOPBACK = "127.0.0.1"
_FIRST = 15000
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_DEFAULT_EPHEMERAL_START = 32768
_ATTEMPTS = 500


class NoFreePortError(Exception):
    """No port could be had."""


class Ports:
    """Hands out ports and holds each until `close`, or until this process ends.

    A port that was merely found free may be taken before its program listens: by a connection on
    its way out (so ports below the kernel's ephemeral range are chosen), or by a sandbox side by
    side (so each port is claimed by an abstract Unix socket of its number, a lock that spans users
    and vanishes with the process that holds it).
    """

    def __init__(self, choose: Callable[[], int] | None = None) -> None:
        """Hold nothing yet; `choose` names the next port to try, at random unless given."""
        self._choose = choose or _any_port
        self._claims: dict[int, socket.socket] = {}

    def take(self) -> int:
        """A port on which a program can listen on 127.0.0.1."""
        for _ in range(_ATTEMPTS):
            port = self._choose()
            claim = _claim(port)
            if claim is None:
                continue
            if _is_free(port):
                self._claims[port] = claim
                return port
            claim.close()
        raise NoFreePortError(f"no free port on {LOOPBACK} from {_FIRST} to {_end() - 1}")

    def release(self, port: int) -> None:
        """Let another sandbox have the port; nothing when it is not held."""
        claim = self._claims.pop(port, None)
        if claim is not None:
            claim.close()

    def close(self) -> None:
        """Release every port."""
        for port in tuple(self._claims):
            self.release(port)


def _any_port() -> int:
    return random.randrange(_FIRST, _end())  # noqa: S311 - spreads sandboxes, keeps no secret


def _end() -> int:
    try:
        start = int(_EPHEMERAL_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        start = _DEFAULT_EPHEMERAL_START
    # Some containers make nearly every port ephemeral; there, avoiding the range leaves nothing.
    return start if start > _FIRST + 1000 else _DEFAULT_EPHEMERAL_START


def _claim(port: int) -> socket.socket | None:
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0sigopt-sandbox-port-{port}")
    except OSError:
        claim.close()
        return None
    return claim


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # What Go's and Python's servers set: a port whose old connections linger is still usable.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
