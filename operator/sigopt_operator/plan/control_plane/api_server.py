"""Where the API of a cluster answers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ApiServer:
    """A cluster's own API, as data: how to log in is the matter of who opens it."""

    cluster: str
    """The cluster's name: an EKS token is for that name alone."""
    endpoint: str
    certificate_authority: str = field(repr=False)
    """Base64 of a PEM bundle; AWS may rotate it, so it is never kept."""
