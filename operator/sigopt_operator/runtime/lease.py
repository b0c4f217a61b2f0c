"""One operator at a time: a coordination.k8s.io Lease, taken before the first round.

client-go's leader election (k8s.io/client-go/tools/leaderelection). The official Python client has
one too (`kubernetes.aio.leaderelection`, 37.0), but it measures with the machine's clock: a standby
whose clock jumps forwards takes the lease from an operator that works, and an operator whose clock
jumps backwards goes on for hours after it lost the API server. So, as in client-go, nothing here
compares times of two machines, or two times of one machine's clock: a lease has expired when it was
not seen to change for as long as it says, by a clock that never jumps.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from http import HTTPStatus
from time import monotonic
from typing import Any, Final, Protocol

import aiohttp
from kubernetes.aio import client

from sigopt_operator.runtime.connection import aio_api_client
from sigopt_operator.runtime.errors import told
from sigopt_operator.runtime.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """Seconds; by default client-go's. `retry_every + renew_within` must stay below
    `expires_after`: a holder gives up before others may take the lease.
    """

    expires_after: int = 15
    renew_within: float = 10.0
    retry_every: float = 2.0
    attempt: float = 3.0


CLIENT_GO: Final = Timing()

_UNANSWERED: Final = (client.ApiException, aiohttp.ClientError, OSError, TimeoutError)
_FAILURES: Final = (*_UNANSWERED, ValueError, RecursionError)
"""The last two are the client's, about the form of an answer: a proxy's page, or half of one."""


class Standing(Enum):
    """What an attempt to take or renew the lease found out."""

    OURS = "ours"
    THEIRS = "theirs"
    UNKNOWN = "unknown"


class Leases(Protocol):
    """What is needed of `CoordinationV1Api`; raises ApiException when it is refused."""

    async def read_namespaced_lease(self, name: str, namespace: str) -> Any:
        """The lease."""
        ...

    async def create_namespaced_lease(self, namespace: str, body: Any) -> Any:
        """Make it; refused when it is there."""
        ...

    async def replace_namespaced_lease(self, name: str, namespace: str, body: Any) -> Any:
        """Write it; refused when somebody else did meanwhile."""
        ...


class Lease:
    """The right to run rounds, held by one operator."""

    def __init__(
        self,
        leases: Leases,
        *,
        namespace: str,
        name: str,
        holder: str,
        timing: Timing = CLIENT_GO,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`holder` names this operator and no other; `clock` counts seconds and never jumps."""
        self._leases = leases
        self._namespace = namespace
        self._name = name
        self._holder = holder
        self._timing = timing
        self._clock = clock
        self._sleep = sleep
        self._seen: str | None = None
        """The resourceVersion that was seen last: another one with every write."""
        self._seen_at = 0.0
        self._held: Any = None
        """The lease as this operator wrote it last; None: it has to be read first."""
        self.obstacle: str | None = None
        """Why nobody could say the last time whose it is; None: it was said."""

    def __str__(self) -> str:
        """Where it is, for a log."""
        return f"{self._namespace}/{self._name}"

    async def acquire(self) -> None:
        """Return once this operator holds the lease."""
        while await self._attempt(self._timing.attempt) is not Standing.OURS:
            await self._sleep(self._timing.retry_every)
        log.info("holding lease %s", self)

    async def hold(self) -> None:
        """Renew the lease for as long as that works; return when it is lost."""
        standing = Standing.OURS
        while standing is Standing.OURS:
            await self._sleep(self._timing.retry_every)
            standing = await self._renew()

    async def release(self, within: timedelta) -> None:
        """Give the lease back, if it is ours; a failure is only logged: it expires anyway."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                lease = await self._read()
                if lease.spec is None or lease.spec.holder_identity != self._holder:
                    return
                lease.spec.holder_identity = ""
                lease.spec.lease_duration_seconds = 1
                await self._write(lease)
        except _FAILURES as error:
            log.warning("the lease was not given back, it will expire: %s", _why(error))
        else:
            log.info("gave back lease %s", self)

    async def _renew(self) -> Standing:
        """Attempts until it is known whose it is, or others may think that it expired."""
        deadline = self._clock() + self._timing.renew_within
        while (left := deadline - self._clock()) > 0:
            standing = await self._attempt(min(self._timing.attempt, left))
            if standing is not Standing.UNKNOWN:
                return standing
            await self._sleep(max(0.0, min(self._timing.retry_every, deadline - self._clock())))
        return Standing.UNKNOWN

    async def _attempt(self, within: float) -> Standing:
        """Whose the lease is now; an API server that is away does not say."""
        try:
            async with asyncio.timeout(within):
                standing = await self._take()
        except _FAILURES as error:
            obstacle = f"the lease could not be taken or renewed: {_why(error)}"
            if obstacle != self.obstacle:  # or a standby says it every two seconds
                log.warning("%s", obstacle)
            self.obstacle = obstacle
            return Standing.UNKNOWN
        self.obstacle = None
        return standing

    async def _take(self) -> Standing:
        """As client-go: who holds it writes it without having read it, unless somebody else wrote.

        That halves what a lease costs, which is most of what an idle operator does.
        """
        held, self._held = self._held, None
        if held is not None:
            try:
                return await self._have(held)
            except client.ApiException as error:
                if error.status not in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                    raise
        return await self._look_and_take()

    async def _look_and_take(self) -> Standing:
        lease = await self._find()
        if lease is None:
            spec = self._ours(client.V1LeaseSpec())
            body = client.V1Lease(metadata=client.V1ObjectMeta(name=self._name), spec=spec)
            self._held = _stored(await self._leases.create_namespaced_lease(self._namespace, body))
            return Standing.OURS
        spec = lease.spec or client.V1LeaseSpec()
        if spec.holder_identity not in (None, "", self._holder) and not self._expired(lease):
            return Standing.THEIRS
        lease.spec = spec
        return await self._have(lease)

    async def _have(self, lease: Any) -> Standing:
        lease.spec = self._ours(lease.spec)
        self._held = await self._write(lease)
        return Standing.OURS

    async def _find(self) -> Any:
        try:
            return await self._read()
        except client.ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def _read(self) -> Any:
        return _stored(await self._leases.read_namespaced_lease(self._name, self._namespace))

    async def _write(self, lease: Any) -> Any:
        """Its resourceVersion makes it a conflict when somebody else wrote it meanwhile."""
        written = await self._leases.replace_namespaced_lease(self._name, self._namespace, lease)
        return _stored(written)

    def _expired(self, lease: Any) -> bool:
        """Whether another's lease was not renewed for as long as it says, as seen from here."""
        version = lease.metadata.resource_version
        if version != self._seen:
            self._seen, self._seen_at = version, self._clock()
        duration = lease.spec.lease_duration_seconds or self._timing.expires_after
        return self._clock() >= self._seen_at + duration

    def _ours(self, spec: Any) -> Any:
        """The spec of a lease that this operator holds from now on. Its times are for people."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if spec.holder_identity != self._holder:
            spec.acquire_time = now
            spec.lease_transitions = (spec.lease_transitions or 0) + bool(spec.holder_identity)
        spec.holder_identity = self._holder
        spec.lease_duration_seconds = self._timing.expires_after
        spec.renew_time = now
        return spec


def _stored(lease: Any) -> Any:
    """The lease of an answer; ValueError where it is none that is stored.

    The client makes a Lease without a word of any object, and None of null.
    """
    if not (lease and lease.kind == "Lease" and lease.metadata and lease.metadata.resource_version):
        raise ValueError
    return lease


def _why(error: BaseException) -> str:
    """What went wrong; nothing of an answer, which the client quotes where it is no Lease."""
    return told(error) if isinstance(error, _UNANSWERED) else "the answer is no Lease"


@asynccontextmanager
async def connected(settings: Settings, namespace: str) -> AsyncIterator[Lease]:
    """The lease that the settings name, in that namespace; its connection closes at the end."""
    api = await aio_api_client(settings.kubeconfig)
    try:
        yield Lease(
            client.CoordinationV1Api(api),
            namespace=namespace,
            name=settings.lease_name,
            holder=settings.operator_id,
        )
    finally:
        await api.close()
