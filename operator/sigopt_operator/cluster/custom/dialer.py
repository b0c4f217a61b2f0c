"""From a host's name to a connected socket: resolved once, judged, and connected to just that.

Whatever a name resolves to the next time does not matter: no second look-up is between the
judgement and the connection. The certificate is then checked against the name.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from sigopt_operator.cluster.custom.addresses import (
    LOOPBACK,
    AddressRules,
    address_of,
    is_loopback,
    same,
)
from sigopt_operator.cluster.custom.errors import AddressRefusedError
from sigopt_operator.plan.connection.fault import Fault

RESOLVE_WITHIN: Final = 4.0
"""Seconds. The system's resolver itself goes on for longer."""
LEAST: Final = 0.5
"""Seconds for each address of a host, however many there are."""
OURS: Final = "the API server of the management cluster"
KUBERNETES: Final = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
"""What every cluster calls its own API server, within it."""


@dataclass(frozen=True)
class Endpoint:
    """An address of a host: what a socket connects to."""

    family: int
    at: tuple[Any, ...]
    """As the socket module has it: the address first, then the port."""

    @property
    def address(self) -> str:
        """As text."""
        return str(self.at[0])


Resolve = Callable[[str, int], tuple[Endpoint, ...]]
"""Every address of a host; OSError (gaierror) where there is none."""
Answers = SimpleQueue[tuple[Endpoint, ...] | OSError | UnicodeError]


@dataclass(frozen=True)
class Dialer:
    """Connects to servers that kubeconfigs name."""

    rules: AddressRules
    management: tuple[tuple[str, int], ...]
    """Hosts and ports where the management cluster's own API server is."""
    resolve: Resolve

    def dial(self, host: str, port: int, within: float) -> socket.socket:
        """A socket that is connected to the host; `within` is seconds.

        AddressRefusedError where *any* of its addresses is refused; else OSError.
        """
        _refuse(host, self._by_name(host))
        endpoints = self.resolve(host, port)
        guarded = tuple(self._guarded())
        for endpoint in endpoints:
            _refuse(host, self._refusal(endpoint, port, guarded), endpoint.address)
        connected = _connect(endpoints, within)
        if not self.rules.allow_loopback and _to_itself(connected):
            connected.close()
            _refuse(host, LOOPBACK)
        return connected

    def _by_name(self, host: str) -> str | None:
        """Names that are refused wherever they lead."""
        name = host.rstrip(".").lower()
        if name in KUBERNETES or name.startswith("kubernetes.default.svc."):
            return OURS
        if f".{name}".endswith(".localhost") and not self.rules.allow_loopback:
            return LOOPBACK  # RFC 6761, 6.3
        hosts = (ours for ours, _ in self.management if address_of(ours) is None)
        return OURS if name in {ours.rstrip(".").lower() for ours in hosts} else None

    def _refusal(self, to: Endpoint, port: int, guarded: tuple[Endpoint, ...]) -> str | None:
        address = address_of(to.address)
        if address is None:
            return "no IP address"
        # On one's own machine in a rehearsal, other ports are other servers.
        one_machine = self.rules.allow_loopback and is_loopback(address)
        for ours in guarded:
            theirs = address_of(ours.address)
            if theirs and same(address, theirs) and (port == ours.at[1] or not one_machine):
                return OURS
        return self.rules.refusal(address)

    def _guarded(self) -> Iterator[Endpoint]:
        for host, port in self.management:
            try:
                yield from self.resolve(host, port)
            except OSError:
                continue  # then this operator does not reach it either


def system_resolver(most: int) -> Resolve:
    """The system's own, which has no time-out: it may hold up so many threads at most.

    Not those of an executor: they would hold up the end of the process too.
    """
    turns = threading.BoundedSemaphore(most)

    def ask(host: str, port: int, answers: Answers) -> None:
        try:
            answers.put(_looked_up(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)
        finally:
            turns.release()

    def resolve(host: str, port: int) -> tuple[Endpoint, ...]:
        if address_of(host) is not None:
            return _looked_up(host, port)
        if not turns.acquire(timeout=RESOLVE_WITHIN):
            raise socket.gaierror(socket.EAI_AGAIN, "too many names are being looked up")
        answers: Answers = SimpleQueue()
        threading.Thread(target=ask, args=(host, port, answers), name="dns", daemon=True).start()
        try:
            found = answers.get(timeout=RESOLVE_WITHIN)
        except Empty:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from None
        if isinstance(found, UnicodeError):
            raise socket.gaierror(socket.EAI_NONAME, "no name of a host")
        if isinstance(found, OSError):
            raise found
        return found

    return resolve


def _looked_up(host: str, port: int) -> tuple[Endpoint, ...]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(Endpoint(family, at) for family, _, _, _, at in found)


def _refuse(host: str, what: str | None, address: str = "") -> None:
    if what is None:
        return
    which = f"{host} is {address}, and that is" if address and address != host else f"{host} is"
    told = (
        f"{which} {what}: no kubeconfig may lead there. Give a server by an address that other "
        f"machines reach it by"
    )
    raise AddressRefusedError(Fault("AddressRefused", told))


def _connect(endpoints: tuple[Endpoint, ...], within: float) -> socket.socket:
    """The first that takes the connection; the error of the last one otherwise."""
    until = time.monotonic() + within
    failed: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for number, endpoint in enumerate(endpoints):
        left = (until - time.monotonic()) / (len(endpoints) - number)
        connection = socket.socket(endpoint.family, socket.SOCK_STREAM)
        try:
            connection.settimeout(max(LEAST, left))
            connection.connect(endpoint.at)
        except OSError as error:
            connection.close()
            failed = error
        else:
            connection.settimeout(within)
            return connection
    raise failed


def _to_itself(connected: socket.socket) -> bool:
    """Whether the other end is this very machine, by whichever of its addresses.

    Both ends have the same one then, but to 127.0.0.2 the way is from 127.0.0.1.
    """
    ours, theirs = (str(end[0]) for end in (connected.getsockname(), connected.getpeername()))
    address = address_of(theirs)
    return ours == theirs or (address is not None and is_loopback(address))
