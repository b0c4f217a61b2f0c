"""The links between a person and a cluster, and what is said of one that broke."""

from __future__ import annotations

from enum import IntEnum


class Link(IntEnum):
    """The links in the order in which they are tried; each value is an exit status."""

    RESOURCE = 1
    """The SigOptCluster cannot be read, or has no cluster yet."""
    CREDENTIALS = 3
    """AWS does not know who it is."""
    ROLE = 4
    """They may not assume the cluster's access role."""
    NETWORK = 5
    """Nothing answers at the cluster's endpoint, or something else than the cluster."""
    TOKEN = 6
    """The cluster does not let the role in."""
    RBAC = 7
    """It lets it in, and does not show it nodes."""

    @property
    def title(self) -> str:
        """In words."""
        return _TITLES[self]


_TITLES = {
    Link.RESOURCE: "the resource",
    Link.CREDENTIALS: "your AWS credentials",
    Link.ROLE: "the access role",
    Link.NETWORK: "the network",
    Link.TOKEN: "the token",
    Link.RBAC: "rights in the cluster",
}


class BrokenLinkError(Exception):
    """One link broke: `what` is wrong, and `todo` is what to do about it."""

    def __init__(self, link: Link, what: str, todo: str) -> None:
        super().__init__(what)
        self.link = link
        self.what = what
        self.todo = todo
