"""A custom cluster: what is said of it, when to look again, and that nothing is done to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.connection.fault import Fault
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import NOBODY, Connection, CustomCluster, Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import SecretKey, Wish

WANT = Wish(
    uid="0a1b2c3d-0000-4000-8000-000000000001",
    namespace="ml",
    name="tiny",
    generation=1,
    cluster_name="tiny",
    region="",
    version=None,
    pools=(),
    kubeconfig=SecretKey("mine", "kubeconfig"),
    training=None,
)
SERVER = ApiServer("tiny", "https://10.1.2.3:6443", "")
ANSWERS = Connection(version="v1.34.2", nodes_ready=3, nodes=3)
WRONG = Fault("KubeconfigRefused", "exec of somebody would run a program")
REFUSED = Fault("Unauthorized", "does not know the credentials")
AWAY = Fault("ServerTimedOut", "does not answer in time", passing=True, slow=True)


def seen(connection: Connection | None = ANSWERS, fault: Fault | None = None) -> Snapshot:
    custom = CustomCluster(fault=fault) if fault else CustomCluster(SERVER)
    return Snapshot(NOBODY, connection=connection, custom=custom)


def broken(fault: Fault) -> Connection:
    return Connection(problem=fault.message, fault=fault)


def _word(step: Step) -> str:
    if step.blocked:
        return step.blocked.reason
    return "ready" if step.ready else step.because


def said(plan: Plan) -> dict[str, str]:
    return {p.part.name: _word(p.step) if p.started else "not started" for p in plan.parts}


FULFILLED = replace(WANT, fulfilled=True)


@pytest.mark.parametrize(
    ("want", "snapshot", "kubeconfig", "connected"),
    [
        pytest.param(WANT, seen(), "ready", "ready", id="answering"),
        pytest.param(WANT, seen(None, WRONG), WRONG.reason, "not started", id="refused"),
        pytest.param(WANT, seen(broken(REFUSED)), "ready", REFUSED.reason, id="not let in"),
        pytest.param(
            FULFILLED, seen(broken(REFUSED)), "ready", REFUSED.reason, id="not let in any more"
        ),
        pytest.param(WANT, seen(broken(AWAY)), "ready", AWAY.reason, id="never reached"),
        pytest.param(FULFILLED, seen(broken(AWAY)), "ready", AWAY.reason, id="away just now"),
    ],
)
def test_what_is_said_of_it(
    want: Wish, snapshot: Snapshot, kubeconfig: str, connected: str
) -> None:
    plan = decide(want, snapshot, w.MOMENT)
    assert said(plan) == {"Kubeconfig": kubeconfig, "Connection": connected}
    assert plan.actions == ()
    assert plan.done == (connected == "ready")


@pytest.mark.parametrize(("want", "blocked"), [(WANT, True), (FULFILLED, False)])
def test_an_outage_is_for_a_person_only_where_it_never_answered(want: Wish, blocked: bool) -> None:
    step = decide(want, seen(broken(AWAY)), w.MOMENT).parts[-1].step
    assert (step.blocked is not None) == blocked
    assert bool(step.waiting) != blocked


@pytest.mark.parametrize(
    ("snapshot", "seconds"),
    [
        pytest.param(seen(), 60, id="all is well"),
        pytest.param(seen(None, WRONG), 5, id="the kubeconfig is wrong"),
        pytest.param(seen(broken(REFUSED)), 5, id="it does not let in"),
        pytest.param(seen(broken(AWAY)), 5, id="it is away"),
    ],
)
@pytest.mark.parametrize("want", [WANT, FULFILLED])
def test_a_rotated_secret_is_looked_at_in_time(
    want: Wish, snapshot: Snapshot, seconds: int
) -> None:
    rarely = Moment(w.NOW, drift_within=timedelta(hours=9))
    assert decide(want, snapshot, rarely).look_after == timedelta(seconds=seconds)


def test_in_trouble_it_is_looked_at_in_real_time() -> None:
    """A person mends it, and no clock of AWS's is theirs."""
    rehearsal = Moment(w.NOW, speed=60)
    assert decide(WANT, seen(None, WRONG), rehearsal).look_after / 60 == timedelta(seconds=5)


@pytest.mark.parametrize("snapshot", [seen(), seen(None, WRONG), seen(broken(REFUSED))])
@pytest.mark.parametrize(
    "want", [replace(WANT, deleting=True), replace(WANT, observed=True, deleting=True)]
)
def test_its_end_takes_nothing_away(want: Wish, snapshot: Snapshot) -> None:
    plan = decide(want, snapshot, w.MOMENT)
    assert plan.done
    assert plan.actions == ()


@pytest.mark.parametrize("word", ["observed", "planned", "paused"])
def test_policies_and_pauses_change_nothing(word: str) -> None:
    policy: dict[str, Any] = {word: True}
    want = replace(WANT, **policy)
    assert said(decide(want, seen(), w.MOMENT)) == {"Kubeconfig": "ready", "Connection": "ready"}
