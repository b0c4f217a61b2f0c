"""Looks at a custom cluster: its Secret in every round, its server when that is due."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from kubernetes.client import ApiClient

from sigopt_operator.aws.keys import SecretReader
from sigopt_operator.cluster.api import Open
from sigopt_operator.cluster.custom.dialer import Dialer
from sigopt_operator.cluster.custom.errors import KubeconfigError
from sigopt_operator.cluster.custom.kubeconfig import Kubeconfig, parse
from sigopt_operator.cluster.custom.opened import with_kubeconfig
from sigopt_operator.observe.memory import Memory
from sigopt_operator.observe.readings.cluster import AGAIN_SLOWLY
from sigopt_operator.plan.connection.fault import Fault
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.custom import puts_something_in
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import (
    NOBODY,
    Connection,
    CustomCluster,
    Installed,
    Snapshot,
)
from sigopt_operator.plan.wish import SecretKey, Wish
from sigopt_operator.plan.workload.components.objects import ObjectId
from sigopt_operator.plan.workload.components.training import KINDS
from sigopt_operator.plan.workload.part import components, mark_of

Visit = Callable[[Open, ApiServer], Connection]
"""Tests the connection to a cluster's own API; what is wrong there is in its answer."""
Inspect = Callable[[Open, ApiServer | None, str, tuple[ObjectId, ...], tuple[str, ...]], Installed]
"""Which objects of these kinds are there of the resource with this UID, or of these names?"""
T = TypeVar("T")

AREA = "Custom"
PARSED, VISITED, INSPECTED = "parsed", "visited", "inspected"
AGAIN = timedelta(seconds=10)
"""Of real time, between two visits to a server with which something is wrong."""
UNAUTHORIZED = 401


class NoTurnError(Exception):
    """Too many servers are being visited: look again in a moment."""


@dataclass(frozen=True)
class _Parsed:
    data: bytes = field(repr=False)
    kubeconfig: Kubeconfig | None
    fault: Fault | None


@dataclass(frozen=True)
class CustomObserver:
    """Reads for custom clusters; asks AWS nothing."""

    read_secret: SecretReader
    dialer: Dialer
    visit: Visit
    inspect: Inspect
    turns: threading.Semaphore
    """So many visits at a time; fewer than there are workers, since some servers are slow."""

    def observe(self, want: Wish, ref: SecretKey, memory: Memory, moment: Moment) -> Sight:
        """What there is; what is wrong with the way to it is in the snapshot.

        Raises NoTurnError where as many servers as may be are visited already.

        A server that is in order is visited each time. One that is not is left in peace for a
        while, unless the Secret or the spec changed: these are what a person mends.
        """
        memory.begin(want.generation, self, moment)
        where = f"spec.custom.kubeconfigSecretRef: Secret {want.namespace}/{ref.secret}"
        secret = self.read_secret(want.namespace, ref.secret)
        if secret is None:
            told = f"{where} does not exist; create it with the kubeconfig as its key {ref.key}"
            return _nowhere(Fault("SecretMissing", told))
        if not secret.get(ref.key, b"").strip():
            told = (
                f"{where} lacks {ref.key}, which is to be the kubeconfig; add it, or name another"
            )
            return _nowhere(Fault("SecretIncomplete", told))
        parsed = _remembered(memory, secret[ref.key], moment)
        if parsed.kubeconfig is None or parsed.fault is not None:
            fault = parsed.fault or Fault("KubeconfigUnreadable", "cannot be read")
            told = f"{where}, key {ref.key}: {fault.message}"
            return _nowhere(replace(fault, message=told))
        return self._visited(want, parsed.kubeconfig, memory, moment)

    def _visited(self, want: Wish, by: Kubeconfig, memory: Memory, moment: Moment) -> Sight:
        authority = base64.b64encode(by.authority.encode()).decode()
        server = ApiServer(want.cluster_name, by.url, authority)
        open_api = with_kubeconfig(by, self.dialer)
        told = memory.recall(
            AREA,
            VISITED,
            lambda: _explained(self._in_turn(lambda: self.visit(open_api, server)), by, moment),
            settled=lambda connection: connection.fault is not None,
            fresh_for=lambda connection: moment.real(_pause_after(connection)),
            moment=moment,
            passing=lambda _: True,
        )
        seen = Snapshot(NOBODY, connection=told, custom=CustomCluster(server))
        if puts_something_in(want) and not told.problem:
            seen = replace(seen, installed=self._installed(want, seen, open_api, memory, moment))
        return Sight(seen, open_api)

    def _installed(
        self, want: Wish, seen: Snapshot, open_api: Open, memory: Memory, moment: Moment
    ) -> Installed:
        ids = tuple(id_ for component in components(want, seen) for id_ in component.ids)
        server = seen.api_server
        return memory.recall(
            AREA,
            INSPECTED,
            lambda: self._in_turn(
                lambda: self.inspect(open_api, server, mark_of(want), ids, KINDS)
            ),
            settled=lambda installed: bool(installed.problem),
            fresh_for=moment.real(AGAIN),
            moment=moment,
            passing=lambda _: True,
        )

    def _in_turn(self, ask: Callable[[], T]) -> T:
        if not self.turns.acquire(blocking=False):
            raise NoTurnError
        try:
            return ask()
        finally:
            self.turns.release()


@dataclass(frozen=True)
class Sight:
    """What was seen of a custom cluster, and how its API is opened."""

    seen: Snapshot
    open_api: Open


def _remembered(memory: Memory, data: bytes, moment: Moment) -> _Parsed:
    """The kubeconfig as it was parsed last, unless it changed since."""

    def recalled() -> _Parsed:
        return memory.recall(
            AREA,
            PARSED,
            lambda: _parsed(data),
            settled=lambda _: True,
            fresh_for=timedelta(days=1),
            moment=moment,
            passing=lambda _: True,
            packed=False,
        )

    parsed = recalled()
    if parsed.data == data:
        return parsed
    for what in (PARSED, VISITED, INSPECTED):
        memory.forget(AREA, what)
    return recalled()


def _parsed(data: bytes) -> _Parsed:
    try:
        return _Parsed(data, parse(data), None)
    except KubeconfigError as error:
        return _Parsed(data, None, error.fault)


def _pause_after(connection: Connection) -> timedelta:
    return AGAIN_SLOWLY if connection.slow else AGAIN


def _explained(told: Connection, by: Kubeconfig, moment: Moment) -> Connection:
    """Why credentials are not known, where they say so themselves."""
    expired = by.credentials.expired(moment.now) if told.refused_with == UNAUTHORIZED else None
    return replace(told, fault=expired, problem=expired.message) if expired else told


def _nowhere(fault: Fault) -> Sight:
    def opened(_server: ApiServer) -> ApiClient:
        raise KubeconfigError(fault)

    return Sight(Snapshot(NOBODY, custom=CustomCluster(fault=fault)), opened)
