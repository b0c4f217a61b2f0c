"""From a name to a connection: the address that was judged is the one that is connected to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from sigopt_operator.cluster.custom import dialer as dialers
from sigopt_operator.cluster.custom.addresses import AddressRules
from sigopt_operator.cluster.custom.dialer import Dialer, Endpoint, system_resolver
from sigopt_operator.cluster.custom.errors import AddressRefusedError

REHEARSAL = AddressRules(allow_loopback=True)
OURS = ("api.management.example.com", 6443)


@dataclass
class FakeDns:
    """Names and their addresses; those of a list are given one after the other, as DNS rebinds."""

    names: dict[str, list[tuple[str, ...]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> tuple[Endpoint, ...]:
        self.asked.append(host)
        answers = self.names.get(host, [(host,)])
        addresses = answers[0] if len(answers) == 1 else answers.pop(0)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return tuple(Endpoint(family[":" in each], (each, port)) for each in addresses)


@pytest.fixture
def listening() -> Iterator[int]:
    """A port on which somebody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def dialer(
    rules: AddressRules = REHEARSAL, management: tuple[tuple[str, int], ...] = (OURS,), **names: str
) -> Dialer:
    dns = {name.replace("_", "."): [tuple(told.split())] for name, told in names.items()}
    return Dialer(rules, management, FakeDns({OURS[0]: [("10.0.0.7",)], **dns}))


def refused(by: Dialer, host: str, port: int = 6443) -> str:
    with pytest.raises(AddressRefusedError) as told:
        by.dial(host, port, 1.0)
    assert told.value.fault.reason == "AddressRefused"
    return told.value.fault.message


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        pytest.param("127.0.0.1", "loopback", id="the node"),
        pytest.param("::ffff:127.0.0.2", "loopback", id="the node in the notation of IPv6"),
        pytest.param("169.254.169.254", "metadata", id="the metadata service"),
        pytest.param("203.0.113.5 169.254.169.254", "metadata", id="one of two addresses"),
        pytest.param("::ffff:169.254.169.254", "metadata", id="in the notation of IPv6"),
        pytest.param("10.0.0.7", "management cluster", id="the management cluster's server"),
        pytest.param("::ffff:10.0.0.7", "management cluster", id="the same as IPv6"),
        pytest.param("0.0.0.0", "no address", id="nowhere, which is here"),
    ],
)
def test_a_name_is_refused_for_any_of_its_addresses(addresses: str, words: str) -> None:
    told = refused(dialer(AddressRules(), evil_example_com=addresses), "evil.example.com")
    assert words in told
    assert addresses.split()[-1] in told


@pytest.mark.parametrize(
    "host",
    [
        "kubernetes",
        "kubernetes.default",
        "Kubernetes.Default.svc.",
        "kubernetes.default.svc.cluster.local",
        "api.management.example.com",
        "API.management.example.com.",
    ],
)
def test_the_management_clusters_own_server_is_refused_by_name(host: str) -> None:
    by = dialer()
    assert "management cluster" in refused(by, host)
    assert isinstance(by.resolve, FakeDns)
    assert by.resolve.asked == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost"])
def test_this_machine_is_refused_by_name_whatever_dns_says(host: str) -> None:
    assert "loopback" in refused(Dialer(AddressRules(), (), FakeDns({})), host)


@pytest.mark.parametrize("port", [443, 6443, 10250])
def test_the_management_clusters_address_is_refused_on_every_port(port: int) -> None:
    assert "management cluster" in refused(dialer(), "10.0.0.7", port)


def test_in_a_rehearsal_another_port_of_the_machine_is_another_server(listening: int) -> None:
    by = dialer(management=(("127.0.0.1", listening + 1),))
    by.dial("127.0.0.1", listening, 1.0).close()
    assert "management cluster" in refused(by, "127.0.0.1", listening + 1)


def test_a_name_that_turns_to_another_address_is_connected_where_it_was_judged(
    listening: int,
) -> None:
    """The second answer is the metadata service: nobody asks for it."""
    dns = FakeDns({"evil.example.com": [("127.0.0.1",), ("169.254.169.254",)]})
    connected = Dialer(REHEARSAL, (), dns).dial("evil.example.com", listening, 1.0)
    assert connected.getpeername() == ("127.0.0.1", listening)
    assert dns.asked == ["evil.example.com"]
    connected.close()


def test_a_management_cluster_whose_name_is_not_resolved_hinders_nobody(listening: int) -> None:
    by = Dialer(REHEARSAL, (OURS,), FakeDns({OURS[0]: [()]}))
    by.dial("127.0.0.1", listening, 1.0).close()


def test_the_next_address_is_tried_where_one_does_not_listen(listening: int) -> None:
    by = dialer(two_example_com="127.0.0.2 127.0.0.1")
    connected = by.dial("two.example.com", listening, 5.0)
    assert connected.getpeername()[0] == "127.0.0.1"
    connected.close()


def test_an_address_of_ones_own_is_found_out_when_it_is_connected_to(
    listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be any address of the machine: both ends are the same then."""
    monkeypatch.setattr(AddressRules, "refusal", lambda *_: None)
    assert "own machine" in refused(dialer(AddressRules()), "127.0.0.1", listening)


def test_another_address_of_loopback_is_found_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its other end is 127.0.0.1."""
    monkeypatch.setattr(AddressRules, "refusal", lambda *_: None)
    with closing(socket.create_server(("127.0.0.2", 0))) as server:
        port = server.getsockname()[1]
        assert "own machine" in refused(dialer(AddressRules()), "127.0.0.2", port)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "::1", "0", "127.0.0.1."],
)
def test_odd_notations_are_judged_by_what_the_system_makes_of_them(host: str) -> None:
    """Resolved by the system, or not at all: in neither case is anything connected to."""
    by = Dialer(AddressRules(), (), system_resolver(1))
    with pytest.raises((AddressRefusedError, socket.gaierror)):
        by.dial(host, 6443, 1.0)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid", "a..invalid"])
def test_a_name_that_does_not_exist_is_an_error_of_the_resolver(host: str) -> None:
    with pytest.raises(socket.gaierror):
        system_resolver(1)(host, 443)


def test_a_resolver_that_hangs_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answers.wait() and [])
    monkeypatch.setattr(dialers, "RESOLVE_WITHIN", 0.05)
    resolve = system_resolver(1)
    for _ in range(2):  # the second finds no turn
        with pytest.raises(socket.gaierror) as told:
            resolve("slow.example.com", 443)
        assert told.value.errno == socket.EAI_AGAIN
    answers.set()
    monkeypatch.setattr(dialers, "RESOLVE_WITHIN", 30)
    assert resolve("quick.example.com", 443) == ()
