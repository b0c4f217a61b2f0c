"""Where a kubeconfig may lead: judged by the address, in whatever notation it comes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from sigopt_operator.cluster.custom.addresses import (
    LINK_LOCAL,
    LOOPBACK,
    METADATA,
    NO_SERVER,
    AddressRules,
    address_of,
    is_loopback,
    same,
)

RULES = AddressRules()


def newer(name: str) -> property:
    """A property as newer Pythons have it: an IPv4-mapped address has that of the IPv4 address.

    python/cpython#117566 (`is_loopback`, in 3.13) and #122792 (others, in later ones).
    """
    own, mapped = getattr(IPv6Address, name), getattr(IPv4Address, name)

    def told(address: IPv6Address) -> bool:
        found = address.ipv4_mapped
        return bool(own.fget(address) if found is None else mapped.fget(found))

    return property(told)


@pytest.fixture(autouse=True, params=["this Python", "a newer Python"])
def python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are the same whatever Python makes of an address."""
    if request.param == "a newer Python":
        for name in ("is_loopback", "is_unspecified", "is_link_local", "is_multicast"):
            monkeypatch.setattr(IPv6Address, name, newer(name))


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("127.0.0.1", LOOPBACK),
        ("127.255.255.254", LOOPBACK),
        ("::1", LOOPBACK),
        ("::ffff:127.0.0.1", LOOPBACK),
        ("::ffff:127.0.0.2", LOOPBACK),
        ("64:ff9b::7f00:1", LOOPBACK),
        ("2002:7f00:2::1", LOOPBACK),
        ("169.254.169.254", LINK_LOCAL),
        ("169.254.170.2", LINK_LOCAL),
        ("169.254.170.23", LINK_LOCAL),
        ("::ffff:169.254.169.254", LINK_LOCAL),
        ("::169.254.169.254", LINK_LOCAL),
        ("::ffff:0:169.254.169.254", LINK_LOCAL),
        ("64:ff9b::a9fe:a9fe", LINK_LOCAL),
        ("64:ff9b:1::a9fe:a9fe", LINK_LOCAL),
        ("2002:a9fe:a9fe::1", LINK_LOCAL),
        ("fe80::1", LINK_LOCAL),
        ("febf::1", LINK_LOCAL),
        ("fd00:ec2::254", METADATA),
        ("fd00:ec2::23", METADATA),
        ("168.63.129.16", METADATA),
        ("100.100.100.200", METADATA),
        ("0.0.0.0", NO_SERVER),
        ("0.1.2.3", NO_SERVER),
        ("::ffff:0.0.0.0", NO_SERVER),
        ("::", NO_SERVER),
        ("224.0.0.1", NO_SERVER),
        ("::ffff:224.0.0.1", NO_SERVER),
        ("ff02::1", NO_SERVER),
        ("255.255.255.255", NO_SERVER),
    ],
)
def test_what_means_something_else_to_the_operator_is_refused(address: str, what: str) -> None:
    assert RULES.refusal(ip_address(address)) == what


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "100.64.0.1",
        "203.0.113.5",
        "fd12::1",
        "2001:db8::1",
    ],
)
def test_private_and_public_networks_are_where_clusters_are(address: str) -> None:
    assert RULES.refusal(ip_address(address)) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_rehearsal_lifts_loopback(address: str) -> None:
    assert AddressRules(allow_loopback=True).refusal(ip_address(address)) is None


@pytest.mark.parametrize(
    ("address", "so"),
    [
        ("127.0.0.2", True),
        ("::1", True),
        ("::ffff:127.0.0.2", True),
        ("64:ff9b::7f00:1", True),
        ("::", False),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_loopback_is_told_in_whatever_notation(address: str, so: bool) -> None:
    assert is_loopback(ip_address(address)) is so


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "::ffff:0.0.0.0", "fd00:ec2::254"]
)
def test_a_rehearsal_lifts_nothing_else(address: str) -> None:
    assert AddressRules(allow_loopback=True).refusal(ip_address(address)) is not None


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_an_administrator_refuses_more(address: str) -> None:
    rules = AddressRules(refused=(ip_network("10.1.0.0/16"), ip_network("fd00::/8")))
    assert rules.refusal(ip_address(address)) == "refused by a setting of the operator"
    assert rules.refusal(ip_address("10.2.0.0")) is None


def test_a_host_is_an_address_or_a_name() -> None:
    assert address_of("10.1.2.3") == ip_address("10.1.2.3")
    assert address_of("fe80::1%eth0") == ip_address("fe80::1")
    assert address_of("cluster.example.com") is None


def test_an_address_is_the_same_in_both_families() -> None:
    assert same(ip_address("10.1.2.3"), ip_address("::ffff:10.1.2.3"))
    assert same(ip_address("127.0.0.2"), ip_address("::ffff:127.0.0.2"))
    assert not same(ip_address("10.1.2.3"), ip_address("10.1.2.4"))
