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
from typing import Any, Final

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

from sigopt_operator.runtime.connection import aio_api_client
from sigopt_operator.runtime.settings import Settings

log = logging.getLogger(__name__)

# Seconds; client-go's own defaults. A holder gives up after RENEW_WITHIN plus one attempt, which is
# before others may take the lease.
EXPIRES_AFTER: Final = 15.0
RENEW_WITHIN: Final = 10.0
RETRY_EVERY: Final = 2.0
ATTEMPT: Final = 3.0


class Lease:
    """The right to run rounds, held by one operator."""

    def __init__(self, api: Any, *, namespace: str, name: str, holder: str) -> None:
        """`api` is an asyncio ApiClient; `holder` names this operator and no other."""
        self._lock = LeaseLock(name, namespace, holder, api)
        self._leases = client.CoordinationV1Api(api)
        self._election = _Election(
            Config(
                lock=self._lock,
                lease_duration=EXPIRES_AFTER,
                renew_deadline=RENEW_WITHIN,
                retry_period=RETRY_EVERY,
                onstarted_leading=_nothing,
                onstopped_leading=_nothing,
            )
        )

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
            async with asyncio.timeout(ATTEMPT):
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


class _Election(LeaderElection):
    async def try_acquire_or_renew(self) -> bool:
        """One attempt, bounded in time; an API server that is away makes it a failed one."""
        try:
            async with asyncio.timeout(ATTEMPT):
                return bool(await super().try_acquire_or_renew())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("the lease could not be renewed: %s", error or type(error).__name__)
            return False


async def _nothing() -> None:
    """The election tells nobody: `Lease` asks it."""
