"""A lease in memory, with the API server's rules about resourceVersions."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from kubernetes.aio import client


@dataclass
class FakeLeases:
    """`Leases` for tests: one lease at most, whatever its name."""

    lease: Any = None
    away: bool = False
    """Nothing answers."""
    error: Exception = field(default_factory=lambda: ConnectionRefusedError("connection refused"))
    """What comes of it then."""
    writes: int = 0
    reads: int = 0

    async def read_namespaced_lease(self, *_: str) -> Any:
        self._answer()
        self.reads += 1
        if self.lease is None:
            raise client.ApiException(status=404, reason="Not Found")
        return copy.deepcopy(self.lease)

    async def create_namespaced_lease(self, _: str, body: Any) -> Any:
        self._answer()
        if self.lease is not None:
            raise client.ApiException(status=409, reason="Conflict")
        return self._keep(body)

    async def replace_namespaced_lease(self, _: str, __: str, body: Any) -> Any:
        self._answer()
        if self.lease is None:
            raise client.ApiException(status=404, reason="Not Found")
        if body.metadata.resource_version != self.lease.metadata.resource_version:
            raise client.ApiException(status=409, reason="Conflict")
        return self._keep(body)

    @property
    def holder(self) -> str:
        """Who holds it."""
        return str(self.lease.spec.holder_identity)

    def _keep(self, body: Any) -> Any:
        self.writes += 1
        self.lease = copy.deepcopy(body)
        self.lease.kind = "Lease"
        self.lease.metadata.resource_version = str(self.writes)
        return copy.deepcopy(self.lease)

    def _answer(self) -> None:
        if self.away:
            raise self.error
