"""What the operator counts of itself, and that names of nobody are in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.component.rounds import SPEC
from tests.fakes.clock import Clock
from tests.fakes.management_api import FakeManagementApi
from tests.fakes.rounds import RecordingRound
from tests.fakes.wire import Wire
from tests.fakes.wire import wire as wire  # a fixture
from tests.waiting import until

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import IDLE, Clients, ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.login import Login
from sigopt_operator.runtime.counted import CountedApi
from sigopt_operator.runtime.deletions import Deletions
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.population import Population
from sigopt_operator.runtime.probes import Health, Stage
from sigopt_operator.runtime.queue import WorkQueue
from sigopt_operator.runtime.reactions import Reactions
from sigopt_operator.runtime.rounds import Next
from sigopt_operator.runtime.workers import Workers

A, B = Key("team-ml", "tiny-cluster"), Key("team-ml", "other-cluster")


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Of one series, as Prometheus would read it; None where there is none."""
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            if sample.name == f"sigopt_operator_{name}" and sample.labels == labels:
                return float(sample.value)
    return None


def status(phase: str, **conditions: tuple[str, str]) -> dict[str, Any]:
    return {
        "phase": phase,
        "conditions": [
            {"type": kind, "status": holds, "reason": "Why", "lastTransitionTime": since}
            for kind, (holds, since) in conditions.items()
        ],
    }


@dataclass
class AwsClock:
    seconds: float = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        pytest.param(lambda: Next(after=None), "done", id="done"),
        pytest.param(lambda: Next(after=None, released=True), "released", id="nothing is left"),
        pytest.param(lambda: Next(after=None, failed=True), "failed", id="AWS does not answer"),
        pytest.param(ManagementApiError("503"), "management_api", id="the API server is away"),
        pytest.param(KeyError("bug"), "bug", id="a bug"),
    ],
)
async def test_every_round_is_counted_with_how_it_ended(
    metrics: Metrics, answer: Exception | Callable[[], Next], how: str
) -> None:
    def look(_: Key) -> Next:
        if isinstance(answer, Exception):
            raise answer
        return answer()

    queue = WorkQueue(Clock().later)
    ended = metrics.round_ended
    workers = Workers(queue, RecordingRound(look), Deletions(), count=1, ended=ended)
    workers.start()
    queue.add(A)
    await until(lambda: value(metrics, "rounds_total", outcome=how) == 1, "it is counted")
    await workers.finish(timedelta(seconds=5))
    assert value(metrics, "round_duration_seconds_count") == 1


def test_whoever_leads_says_so(metrics: Metrics) -> None:
    health = Health()
    assert value(metrics, "leading") == 0
    metrics.follow(health, WorkQueue(Clock().later))
    for stage in Stage:
        health.stage = stage
        leads = stage in (Stage.CONNECTING, Stage.LEADING)
        assert value(metrics, "leading") == float(leads)


async def test_the_queue_is_told_as_it_is_now(metrics: Metrics) -> None:
    clock = Clock()
    queue = WorkQueue(clock.later, clock=lambda: clock.now)
    metrics.follow(Health(), queue)
    queue.add(A)
    clock.pass_on(7)
    queue.add(B)
    assert value(metrics, "queue_length") == 2
    assert value(metrics, "queue_oldest_seconds") == 7
    taken = await queue.get()
    assert value(metrics, "queue_oldest_seconds") == 0
    assert value(metrics, "rounds_running") == 1
    queue.done(taken, timedelta(minutes=1))
    assert value(metrics, "queue_later") == 1


def test_requests_to_aws_are_counted_with_what_became_of_them(metrics: Metrics, wire: Wire) -> None:
    source = ClientSource(lambda _namespace, _name: None, Budgets(Time(), meter=metrics))
    clients = source.clients(Login("ml"), "us-west-2")
    clients.sts.get_caller_identity()
    for status_, code, how, times in (
        (400, "Throttling", "throttled", 3),
        (503, "Unavailable", "failed", 3),
        (403, "AccessDenied", "refused", 1),
    ):
        wire.refusals["GetCallerIdentity"] = (status_, code, "no")
        with pytest.raises(clients.sts.exceptions.ClientError):
            clients.sts.get_caller_identity()
        of = {"service": "sts", "operation": "GetCallerIdentity", "outcome": how}
        assert value(metrics, "aws_calls_total", **of) == times
    of = {"service": "sts", "operation": "GetCallerIdentity", "outcome": "ok"}
    assert value(metrics, "aws_calls_total", **of) == 1


def test_what_is_put_off_is_counted_as_that_and_not_as_sent(metrics: Metrics, wire: Wire) -> None:
    budgets = Budgets(Time(), rate=0.001, meter=metrics)
    source = ClientSource(lambda _namespace, _name: None, budgets)
    clients = source.clients(Login("ml"), "us-west-2")
    with pytest.raises(AwsError):
        _spend(clients, 200)
    put_off = value(metrics, "aws_budget_put_off_total")
    assert put_off is not None
    assert put_off >= 1
    of = {"service": "sts", "operation": "GetCallerIdentity"}
    assert value(metrics, "aws_calls_total", **of, outcome="ok") == len(wire.sent)
    assert value(metrics, "aws_calls_total", **of, outcome="unanswered") is None


def test_aws_clients_are_counted_while_somebody_uses_them(metrics: Metrics, wire: Wire) -> None:
    clock = AwsClock()
    source = ClientSource(lambda _namespace, _name: None, Budgets(clock))
    metrics.keeps(lambda: source.count)
    source.clients(Login("ml"), "us-west-2")
    clock.sleep(IDLE - 1)
    source.clients(Login("ml"), "eu-west-1")
    source.tidy()
    assert value(metrics, "aws_clients") == 2
    clock.sleep(2)
    source.tidy()
    assert value(metrics, "aws_clients") == 1
    clock.sleep(IDLE)
    source.tidy()
    assert value(metrics, "aws_clients") == 0


def _spend(clients: Clients, calls: int) -> None:
    for _ in range(calls):
        clients.sts.get_caller_identity()


def test_statuses_and_events_are_counted(metrics: Metrics) -> None:
    api = FakeManagementApi()
    counted = CountedApi(api, metrics)
    made = api.apply(A, SPEC)
    assert counted.write_status(A, made["metadata"]["resourceVersion"], status("Creating"))
    assert not counted.write_status(A, "0", status("Creating"))
    api.away = True
    with pytest.raises(ManagementApiError):
        counted.write_status(A, "0", status("Creating"))
    counted.event(A, "uid", "Normal", "CreateStack", "made")
    for outcome in ("written", "outdated", "failed"):
        assert value(metrics, "status_writes_total", outcome=outcome) == 1
    assert value(metrics, "events_total", type="Normal", reason="CreateStack") == 1
    assert value(metrics, "resources", phase="Creating") == 1


def test_resources_are_counted_as_they_were_read_or_written_last(metrics: Metrics) -> None:
    api = FakeManagementApi()
    counted = CountedApi(api, metrics)
    for key in (A, B):
        api.apply(key, SPEC)
        counted.read(key)
    assert value(metrics, "resources", phase="Unknown") == 2
    for key, phase in ((A, "Ready"), (B, "Blocked")):
        found = api.objects[key]
        stalled = ("True" if phase == "Blocked" else "False", "2026-01-01T00:00:00Z")
        told = status(phase, Stalled=stalled)
        counted.write_status(key, found["metadata"]["resourceVersion"], told)
    assert value(metrics, "resources", phase="Unknown") == 0
    assert value(metrics, "resources", phase="Ready") == 1
    assert value(metrics, "resources_stalled", reason="Why") == 1
    del api.objects[B]
    counted.read(B)
    assert value(metrics, "resources", phase="Blocked") == 0
    assert value(metrics, "resources_stalled", reason="Why") is None


def test_for_how_long_the_first_is_in_a_state_that_somebody_should_know_of() -> None:
    population = Population(now=lambda: datetime(2026, 1, 1, 12, tzinfo=UTC))
    assert population.census().oldest == {"Deleting": 0, "Stalled": 0, "NotReady": 0}
    late, early = "2026-01-01T11:00:00Z", "2026-01-01T10:00:00Z"
    for key, since in ((A, late), (B, early)):
        told = status("Blocked", Stalled=("True", since), Ready=("False", since))
        population.seen(key, {"metadata": {}, "status": told})
    assert population.census().oldest == {"Deleting": 0, "Stalled": 7200, "NotReady": 7200}
    going = {"metadata": {"deletionTimestamp": late}, "status": {}}
    population.seen(B, going)
    population.said(B, status("Deleting", Ready=("False", late)))
    assert population.census().oldest == {"Deleting": 3600, "Stalled": 3600, "NotReady": 3600}


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"conditions": "none"}, id="no list"),
        pytest.param({"conditions": [None, "Ready"]}, id="no mappings"),
        pytest.param(
            {"conditions": [{"type": "Stalled", "status": "True"}]}, id="half a condition"
        ),
        pytest.param(status("Ready", Stalled=("True", "yesterday")), id="no moment"),
    ],
)
def test_a_status_that_somebody_wrote_by_hand_is_counted_too(odd: dict[str, Any]) -> None:
    population = Population()
    population.seen(A, {"metadata": {"deletionTimestamp": "soon"}, "status": odd})
    assert sum(population.census().phases.values()) == 1


class Stopwatch:
    """A clock that a test moves, and what was measured by it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.took: list[float] = []
        self.reactions = Reactions(self.took.append, lambda: self.now)


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


def test_an_edit_takes_until_something_is_done_about_it(watch: Stopwatch) -> None:
    watch.reactions.edited(A, 2)
    watch.now = 3
    watch.reactions.answered(A, 1, acted=True)
    assert watch.took == [], "that round had not seen it"
    watch.now = 4
    watch.reactions.answered(A, 2, acted=True)
    watch.reactions.answered(A, 2, acted=True)
    assert watch.took == [4]


def test_what_nothing_has_to_be_done_about_is_not_counted(watch: Stopwatch) -> None:
    watch.reactions.edited(A, 2)
    watch.reactions.answered(A, 2, acted=False)
    watch.reactions.answered(A, 2, acted=True)
    assert watch.took == []


def test_an_edit_of_an_edit_counts_from_the_last(watch: Stopwatch) -> None:
    watch.reactions.edited(A, 2)
    watch.now = 5
    watch.reactions.edited(A, 3)
    watch.reactions.edited(A, 3)
    watch.now = 6
    watch.reactions.answered(A, 3, acted=True)
    assert watch.took == [1]


def test_what_is_gone_leaves_nothing_behind(watch: Stopwatch) -> None:
    watch.reactions.edited(A, 2)
    watch.reactions.gone(A)
    watch.reactions.answered(A, 2, acted=True)
    assert watch.took == []


def test_no_name_is_in_it_and_a_thousand_resources_make_no_more_series(metrics: Metrics) -> None:
    api = FakeManagementApi()
    counted = CountedApi(api, metrics)
    before = metrics.text().count(b"\n")
    for number in range(1000):
        key = Key(f"team-{number % 7}", f"cluster-{number}")
        counted.read(key)
        made = api.apply(key, SPEC)
        counted.read(key)
        metrics.edited(key, 1)
        counted.write_status(key, made["metadata"]["resourceVersion"], status("Ready"))
        counted.event(key, "uid", "Normal", "CreateStack", f"made {key}")
    told = metrics.text().decode()
    assert told.count("\n") - before < 10
    assert "cluster-1" not in told
    assert "team-" not in told
