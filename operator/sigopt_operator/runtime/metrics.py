"""What the operator counts of itself, for Prometheus.

Labels have few values: a thousand resources make no more series than one. So no name of a resource,
of a Secret or of an account is among them; which resource it is, `kubectl get soc -A` says.
"""

import platform
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Final, Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from sigopt_operator.api.status import Phase
from sigopt_operator.aws.meter import Answered
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.population import UNKNOWN, Population
from sigopt_operator.runtime.probes import Health, Stage
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.reactions import Reactions

Ended = Literal["done", "released", "failed", "management_api", "bug"]
"""How a round ended: as it should; nothing of a deleted resource is left; what it depends on did
not answer; the management cluster did not; a bug."""
Written = Literal["written", "outdated", "failed"]
"""What became of a status: `outdated` where the resource had changed meanwhile."""

PREFIX: Final = "sigopt_operator"
EVERY_PHASE: Final = dict.fromkeys((*map(str, Phase), UNKNOWN), 0)
LEADS: Final = frozenset({Stage.CONNECTING, Stage.LEADING})
ROUND_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
"""Seconds. A quiet round takes a tenth; the liveness probe gives up at 900."""
REACTION_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """All of it, in a registry of its own. Safe to use from many threads."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._registry = CollectorRegistry()
        self.population = Population()
        built = Info(f"{PREFIX}_build", "Which version this is.", registry=self._registry)
        built.info({"version": version("sigopt-operator"), "python": platform.python_version()})
        self._leading = self._gauge(
            "leading", "1 while this operator is the one that works, 0 while it stands by."
        )
        self._leading.set(0)
        self._rounds = self._counter("rounds", "Rounds that ended, by how.", "outcome")
        for how in get_args(Ended):
            self._rounds.labels(how)
        self._durations = self._histogram(
            "round_duration_seconds", "How long rounds took.", ROUND_BUCKETS
        )
        self._calls = self._counter(
            "aws_calls",
            "Requests to AWS, each attempt of a call being one, by what became of them.",
            *("service", "operation", "outcome"),
        )
        self._waits = self._counter(
            "aws_budget_wait_seconds", "Seconds that requests waited for their turn in the budget."
        )
        self._put_off = self._counter(
            "aws_budget_put_off",
            "Requests that were not sent, because their turn was too far away.",
        )
        self._statuses = self._counter(
            "status_writes", "Statuses, by what became of them.", "outcome"
        )
        self._events = self._counter("events", "Events posted or counted.", "type", "reason")
        for what in get_args(Written):
            self._statuses.labels(what)
        reacted = self._histogram(
            "edit_to_first_act_seconds",
            "From when the operator heard of an edit until it began to act upon it.",
            REACTION_BUCKETS,
        )
        self.reactions = Reactions(reacted.observe)
        self._registry.register(_Resources(self.population))
        ProcessCollector(registry=self._registry)

    def follow(self, health: Health, queue: WorkQueue) -> None:
        """From now on, what is asked for includes these, as they are then."""
        self._leading.set_function(lambda: float(health.stage in LEADS))
        for name, told, value in (
            ("queue_length", "Resources that wait for a worker.", lambda: queue.length),
            ("queue_oldest_seconds", "For how long the first of them waits.", lambda: queue.oldest),
            ("queue_later", "Resources whose next round has its time.", lambda: queue.later),
            ("rounds_running", "Rounds that run now.", lambda: len(queue.busy)),
        ):
            self._gauge(name, told).set_function(value)

    def keeps(self, clients: Callable[[], float]) -> None:
        """From now on, what is asked for includes how many sets of AWS clients there are then."""
        told = "Sets of AWS clients that are kept, one for each login and region in use."
        self._gauge("aws_clients", told).set_function(clients)

    def text(self) -> bytes:
        """All of it in Prometheus' text format, version 0.0.4."""
        return generate_latest(self._registry)

    def edited(self, key: Key, generation: int) -> None:
        """The operator has heard of this generation of the resource."""
        self.reactions.edited(key, generation)

    def gone(self, key: Key) -> None:
        """There is no resource of that key any more."""
        self.population.gone(key)
        self.reactions.gone(key)

    def round_ended(self, how: Ended, seconds: float) -> None:
        """One round ended, so many seconds after it began."""
        self._rounds.labels(how).inc()
        self._durations.observe(seconds)

    def answered(self, service: str, operation: str, how: Answered) -> None:
        """See `aws.meter.Meter`."""
        self._calls.labels(service, operation, how).inc()

    def waited(self, seconds: float) -> None:
        """See `aws.meter.Meter`."""
        self._waits.inc(max(0.0, seconds))

    def put_off(self) -> None:
        """See `aws.meter.Meter`."""
        self._put_off.inc()

    def status(self, what: Written) -> None:
        """A status was to be written."""
        self._statuses.labels(what).inc()

    def event(self, kind: str, reason: str) -> None:
        """An event was to be posted, or counted."""
        self._events.labels(kind, reason).inc()

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}_{name}", told, labels, registry=self._registry)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", told, registry=self._registry)

    def _histogram(self, name: str, told: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"{PREFIX}_{name}", told, buckets=buckets, registry=self._registry)


class _Resources(Collector):
    """The census, taken when somebody asks."""

    def __init__(self, population: Population) -> None:
        self._population = population

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See prometheus_client."""
        census = self._population.census()
        for name, told, label, counts in (
            ("resources", "SigOptClusters, by phase.", "phase", EVERY_PHASE | census.phases),
            (
                "resources_stalled",
                "Those for which a person must do something, by the reason.",
                "reason",
                census.stalled,
            ),
            (
                "resources_oldest_seconds",
                "For how long the one that is so for longest is being deleted, stalled, not ready.",
                "state",
                census.oldest,
            ),
        ):
            family = GaugeMetricFamily(f"{PREFIX}_{name}", told, labels=[label])
            for value, count in sorted(counts.items()):
                family.add_metric([value], count)
            yield family
