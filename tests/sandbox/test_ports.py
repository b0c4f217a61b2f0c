"""Ports that no two sandboxes get, side by side or one after the other."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing

import pytest

from sigopt_sandbox.ports import LOOPBACK, NoFreePortError, Ports

HOLDER = """
from sigopt_sandbox.ports import Ports
held = Ports(lambda: {port})
print(held.take(), flush=True)
input()
"""


def free_port() -> int:
    """One that no connection on its way out gets meanwhile."""
    with closing(Ports()) as ports:
        return ports.take()


def only(port: int) -> Ports:
    return Ports(lambda: port)


def test_a_port_is_below_those_that_the_kernel_gives_to_connections() -> None:
    taken = Ports()
    assert all(15000 <= taken.take() < 32768 for _ in range(20))
    taken.close()


def test_a_port_that_was_handed_out_is_not_handed_out_again_before_it_is_released() -> None:
    port = free_port()
    taken = only(port)
    taken.take()
    with pytest.raises(NoFreePortError):
        only(port).take()
    taken.release(port)
    assert only(port).take() == port


def test_a_port_on_which_something_listens_is_not_handed_out() -> None:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        with pytest.raises(NoFreePortError):
            only(listener.getsockname()[1]).take()


def test_a_port_is_another_processs_until_that_process_ends() -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(port=port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert int(holder.stdout.readline()) == port
        with pytest.raises(NoFreePortError):
            only(port).take()
        holder.kill()
    assert only(port).take() == port
