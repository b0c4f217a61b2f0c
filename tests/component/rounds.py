"""A reconciler among fakes, driven round by round."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Semaphore
from typing import Any, cast

from tests.fakes.aws import FakeAws
from tests.fakes.cluster_api import FakeCluster
from tests.fakes.kubeconfigs import DIALER
from tests.fakes.management_api import FakeManagementApi, Killed
from tests.fakes.world import NOW

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.aws.turns import Turns
from sigopt_operator.cluster.api import Open
from sigopt_operator.observe.custom import CustomObserver
from sigopt_operator.observe.memory import Memories
from sigopt_operator.observe.observe import Questions
from sigopt_operator.plan.connection.fault import Fault
from sigopt_operator.plan.login import Login, OwnIdentity
from sigopt_operator.plan.snapshot import Cluster, Connection, KeptPod
from sigopt_operator.plan.trouble import ROLE_NOT_ASSUMED, Kind, Trouble
from sigopt_operator.plan.workload.left import Workload
from sigopt_operator.reconcile.conductor import Reconciler
from sigopt_operator.reconcile.looking import Looking
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.rounds import Next
from sigopt_operator.workload.connect import visit
from sigopt_operator.workload.inspect import inspect

KEY = Key("ml", "tiny")
SPEC: dict[str, Any] = {
    "provider": "aws",
    "region": "us-west-2",
    "kubernetesVersion": "1.34",
    "cpu": {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 4},
}


class FakeSource(ClientSource):
    """Reads Secrets as the real one does, but every set of keys leads to the same fake AWS."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.api.read_secret, Budgets(Time()))
        self.rig = rig
        self._aws = rig.aws
        self._fakes: dict[tuple[object, ...], Clients] = {}

    def clients(self, login: Login, region: str) -> Clients:
        if login.secret is not None:
            super().clients(Login(login.namespace, login.secret), region)
        if login.role_arn in self.rig.untrusting:
            raise AwsError(Trouble(Kind.DENIED, ROLE_NOT_ASSUMED, "not trusted", "AssumeRole"))
        self.rig.regions.add(region)
        key = (self.rig.rotated, login, region)
        return self._fakes.setdefault(key, self._aws.clients())

    def forget(self, clients: Clients) -> None:
        self._fakes = {key: kept for key, kept in self._fakes.items() if kept is not clients}


@dataclass
class Rig:
    """One resource, one reconciler, one AWS, and a clock that a test moves."""

    executor: ThreadPoolExecutor
    api: FakeManagementApi = field(default_factory=FakeManagementApi)
    aws: FakeAws = field(default_factory=FakeAws)
    cluster: FakeCluster = field(default_factory=FakeCluster)
    """What the API of the EKS cluster has."""
    problem: str = ""
    slow: bool = False
    """Whether the problem is that the cluster's API does not answer in time."""
    probes: int = 0
    """So many connection tests there were."""
    kept: tuple[KeptPod, ...] = ()
    """Pods that keep nodes from being drained."""
    turns: int = 1
    """Servers of custom clusters that may be visited at a time."""
    aws_turns: Turns = field(default_factory=lambda: Turns(1))
    """For looks at AWS where it hangs."""
    rotated: bool = False
    """Whether the credentials have been changed for others of the same account."""
    untrusting: set[str] = field(default_factory=set)
    """Roles that cannot be assumed."""
    own: OwnIdentity = field(default_factory=OwnIdentity)
    minutes: float = 0
    """That passed."""
    jumped: float = 0
    """Minutes by which the clock of the operator's machine is ahead."""
    argocd_namespace: str = "argocd"
    region: str | None = None
    """The operator's default."""
    regions: set[str] = field(default_factory=set)
    """In which AWS was asked."""
    workload: Workload = field(default_factory=Workload)
    """What the cluster's own API says when the cluster is to be deleted."""

    def __post_init__(self) -> None:
        self.aws.now = lambda: NOW + timedelta(minutes=self.minutes)
        self.api.secret_store.before_writing = self.api.write
        self.restart()

    def restart(self) -> None:
        """The operator is killed and started again: nothing that it remembered is left."""
        self.reconciler = Reconciler(
            api=self.api,
            looking=Looking(
                source=FakeSource(self),
                open_with=lambda _clients: cast(Open, self.cluster.open),
                questions=Questions(
                    probe=self._probe,
                    survey=self._survey,
                    drain=lambda _open, _cluster, _groups: self.kept,
                    inspect=inspect,
                ),
                custom=CustomObserver(
                    self.api.read_secret, DIALER, visit, inspect, Semaphore(self.turns)
                ),
                secrets=self.api.secret_store,
                executor=self.executor,
                turns=self.aws_turns,
            ),
            executor=self.executor,
            memories=Memories(),
            clock=lambda: NOW + timedelta(minutes=self.minutes + self.jumped),
            region=self.region,
            own=self.own,
            argocd_namespace=self.argocd_namespace,
        )

    def round_or_killed(self) -> None:
        """One round, in which the operator may be killed; then it is started again."""
        try:
            self.round()
        except Killed:
            self.restart()

    def round(self) -> Next:
        """One round, ten minutes after the last: whatever was remembered is due again."""
        self.minutes += 10
        return self.reconciler(KEY)

    def until_steady(self, most: int = 40) -> None:
        """Rounds, with AWS going on between them, until the phase is Ready."""
        for _ in range(most):
            self.round()
            if self.status.get("phase") == "Ready":
                return
            self.aws.advance()
        raise AssertionError(f"not Ready after {most} rounds: {self.status}")

    def until_released(self, most: int = 40) -> None:
        """Rounds, with AWS going on between them, until the finalizer may go."""
        for _ in range(most):
            if self.round().released:
                return
            self.aws.advance()
        raise AssertionError(f"not released after {most} rounds: {self.status}")

    def settle(self, spec: dict[str, Any] = SPEC, rounds: int = 25) -> None:
        """A cluster that has stood for long, everything about it read and remembered."""
        self.api.apply(KEY, spec)
        self.until_steady()
        for _ in range(rounds):
            self.next_round()

    def next_round(self) -> timedelta:
        """The next round, when the last one asked for it; after how long that is."""
        after = self.reconciler(KEY).after
        assert after is not None
        self.minutes += after / timedelta(minutes=1)
        self.aws.advance()
        return after

    def told(self, reason: str) -> list[str]:
        """The messages of the events with this reason."""
        return [event.message for event in self.api.events if event.reason == reason]

    @property
    def status(self) -> dict[str, Any]:
        """What stands in the resource's status."""
        found: dict[str, Any] = self.api.objects[KEY].get("status", {})
        return found

    def condition(self, kind: str) -> dict[str, Any]:
        """One condition."""
        return next(c for c in self.status["conditions"] if c["type"] == kind)

    def _survey(self, _open: Open, _cluster: Cluster) -> Workload:
        return self.workload

    def _probe(self, _open: Open, _cluster: Cluster) -> Connection:
        self.probes += 1
        fault = Fault("ServerTimedOut", self.problem, slow=True) if self.slow else None
        return Connection(self.problem, fault=fault, version="v1.34.2", nodes=1, nodes_ready=1)
