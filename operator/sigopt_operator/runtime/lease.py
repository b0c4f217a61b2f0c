"""One operator at a time: a coordination.k8s.io Lease, taken before the first round.

client-go's leader election, as the official client has it (`kubernetes.aio.leaderelection`), with
what that lacks: an API server that is away is a failed attempt rather than a crash, an attempt
that hangs ends in time, and the lease is given back at the end, so that the next operator need
not wait until it expires.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

from sigopt_operator.runtime.connection import aio_api_client
from sigopt_operator.runtime.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """Seconds; by default client-go's. `renew_within + attempt` must stay below `expires_after`:
    a holder gives up before others may take the lease.
    """

    expires_after: int = 15
    renew_within: float = 10.0
    retry_every: float = 2.0
    attempt: float = 3.0


CLIENT_GO: Final = Timing()


class Lease:
    """The right to run rounds, held by one operator."""

    def __init__(
        self, api: Any, *, namespace: str, name: str, holder: str, timing: Timing = CLIENT_GO
    ) -> None:
        """`api` is an asyncio ApiClient; `holder` names this operator and no other."""
        self._lock = _Lock(name, namespace, holder, api)
        self._leases = client.CoordinationV1Api(api)
        self._election = _Election(
            Config(
                lock=self._lock,
                lease_duration=timing.expires_after,
                renew_deadline=timing.renew_within,
                retry_period=timing.retry_every,
                onstarted_leading=_nothing,
                onstopped_leading=_nothing,
            ),
            timing.attempt,
        )
        self._attempt = timing.attempt

    async def acquire(self) -> None:
        """Return once this operator holds the lease."""
        await self._election.acquire()
        log.info("holding lease %s/%s", self._lock.namespace, self._lock.name)

    async def hold(self) -> None:
        """Renew the lease for as long as that works; return when it is lost."""
        await self._election.renew_loop()

    async def release(self) -> None:
        """Give the lease back, if it is ours; a failure is only logged: it expires anyway."""
        try:
            async with asyncio.timeout(self._attempt):
                lease = await self._leases.read_namespaced_lease(
                    self._lock.name, self._lock.namespace
                )
                if lease.spec is None or lease.spec.holder_identity != self._lock.identity:
                    return
                lease.spec.holder_identity = ""
                lease.spec.lease_duration_seconds = 1
                await self._leases.replace_namespaced_lease(
                    self._lock.name, self._lock.namespace, lease
                )
        except (client.ApiException, aiohttp.ClientError, TimeoutError) as error:
            log.warning("the lease was not given back, it will expire: %s", error)
        else:
            log.info("gave back lease %s/%s", self._lock.namespace, self._lock.name)


@asynccontextmanager
async def connected(settings: Settings, namespace: str) -> AsyncIterator[Lease]:
    """The lease that the settings name, in that namespace; its connection closes at the end."""
    api = await aio_api_client(settings.kubeconfig)
    try:
        yield Lease(
            api,
            namespace=namespace,
            name=settings.lease_name,
            holder=settings.operator_id,
        )
    finally:
        await api.close()


class _Lock(LeaseLock):
    async def create(
        self, name: str, namespace: str, election_record: LeaderElectionRecord
    ) -> bool:
        """As the library's own, which passes an argument that its client refuses (37.0.1)."""
        body = client.V1Lease(
            metadata=client.V1ObjectMeta(name=name), spec=self.update_lease(election_record)
        )
        try:
            await self.api_instance.create_namespaced_lease(namespace, body)
        except client.ApiException as error:
            log.warning("the lease could not be made: %s %s", error.status, error.reason)
            return False
        return True


class _Election(LeaderElection):
    def __init__(self, config: Config, attempt: float) -> None:
        super().__init__(config)
        self._attempt = attempt

    async def try_acquire_or_renew(self) -> bool:
        """One attempt, bounded in time; an API server that is away makes it a failed one."""
        try:
            async with asyncio.timeout(self._attempt):
                return bool(await super().try_acquire_or_renew())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("the lease could not be renewed: %s", error or type(error).__name__)
            return False


async def _nothing() -> None:
    """The election tells nobody: `Lease` asks it."""
