"""What both kinds of endpoints have in common, seen from the loop that starts and stops them."""

from __future__ import annotations

from typing import Protocol

from sigopt_sandbox.clusters.wanted import WantedCluster

TOKEN_CACHE_SECONDS = 2
"""How long an endpoint believes a judged token. Kubernetes' default is two minutes and EKS's own
is not known; a short time lets a deleted access entry take effect while someone watches."""


class Endpoint(Protocol):
    """A cluster's running API."""

    @property
    def url(self) -> str:
        """Where it answers: https://127.0.0.1:PORT."""

    @property
    def authority_data(self) -> str:
        """The PEM of its authority, in base64."""

    def want(self, cluster: WantedCluster) -> None:
        """Make the nodes and add-ons in it so, from now on, in its own time."""

    async def close(self) -> None:
        """End it and everything it stored."""
