"""To which addresses no kubeconfig may lead: those that mean something else to the operator.

Private networks are where clusters are. But the operator's own machine, the services that clouds
offer to machines on link-local addresses (credentials among them), and the API server of the
management cluster would be reached from a place where who wrote the kubeconfig does not stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: Final = "the operator's own machine (loopback)"
LINK_LOCAL: Final = "link-local, where machines find their cloud's metadata"
METADATA: Final = "a service of the cloud for its machines"
NO_SERVER: Final = "no address of a server"

_REFUSED: Final = tuple(
    (ip_network(network), words)
    for network, words in (
        ("127.0.0.0/8", LOOPBACK),
        ("::1/128", LOOPBACK),
        ("169.254.0.0/16", LINK_LOCAL),
        ("fe80::/10", LINK_LOCAL),
        # AWS: instance metadata, DNS, time, credentials of EKS Pod Identity.
        ("fd00:ec2::/32", METADATA),
        ("168.63.129.16/32", METADATA),  # Azure
        ("100.100.100.200/32", METADATA),  # Alibaba Cloud
        ("192.0.0.192/32", METADATA),  # Oracle Cloud
        ("0.0.0.0/8", NO_SERVER),  # Linux takes 0.0.0.0 for itself
        ("::/128", NO_SERVER),
        ("224.0.0.0/4", NO_SERVER),
        ("ff00::/8", NO_SERVER),
        ("240.0.0.0/4", NO_SERVER),
    )
)
"""https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry."""

_LAST_FOUR_BYTES: Final = tuple(
    IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible (RFC 4291)
        "::ffff:0:0/96",  # IPv4-mapped (RFC 4291)
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64, of one's own (RFC 8215)
    )
)
"""IPv6 networks whose addresses stand for the IPv4 address in their last four bytes."""

_THEMSELVES: Final = (IPv6Address("::"), IPv6Address("::1"))
"""In ::/96, and yet they stand for no IPv4 address (RFC 4291, 2.5.2 and 2.5.3).

Not told by `is_unspecified` and `is_loopback`: newer Pythons have them, and others, be true of an
IPv4-mapped address too (python/cpython#117566, #122792). No property that judges is used here.
"""


@dataclass(frozen=True)
class AddressRules:
    """What an administrator decides about addresses."""

    allow_loopback: bool = False
    """For rehearsals, in which every server is on one machine."""
    refused: tuple[Network, ...] = ()
    """Beyond those that are always refused."""

    def refusal(self, address: Address) -> str | None:
        """What the address is that no kubeconfig may lead to; None where it may."""
        for meant in _meant(address):
            for network, words in _REFUSED:
                if meant in network and not (words is LOOPBACK and self.allow_loopback):
                    return words
            if any(meant in network for network in self.refused):
                return "refused by a setting of the operator"
        return None


def address_of(text: str) -> Address | None:
    """The address that a host is written as, without a zone; None for a name."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_loopback(address: Address) -> bool:
    """Whether it leads to the operator's own machine, in whatever notation."""
    return any(
        meant in network
        for meant in _meant(address)
        for network, words in _REFUSED
        if words is LOOPBACK
    )


def same(one: Address, other: Address) -> bool:
    """Whether both mean the same, in whatever notation."""
    return not set(_meant(one)).isdisjoint(_meant(other))


def _meant(address: Address) -> Iterator[Address]:
    """The address, and those that it stands for to a translator on the way."""
    yield address
    if isinstance(address, IPv4Address) or address in _THEMSELVES:
        return
    if any(address in network for network in _LAST_FOUR_BYTES):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
