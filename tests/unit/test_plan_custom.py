"""A custom cluster: what is said of it, when to look again, and that nothing is done to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import RemoveObjects
from sigopt_operator.plan.connection.fault import Fault
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import NOBODY, Connection, CustomCluster, Installed, Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import SecretKey, TrainingWish, Wish
from sigopt_operator.plan.workload.components.objects import LABEL_UID, Manifest, ObjectId
from sigopt_operator.plan.workload.part import components

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
    autoscaler=None,
    device_plugin=None,
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


ASKING = replace(WANT, training=TrainingWish(quota={"pods": "10"}))
FORMER = "0a1b2c3d-0000-4000-8000-00000000000f"
NAMESPACE = ObjectId("Namespace", "", "orchestrate")


def standing(of: Wish = ASKING) -> dict[ObjectId, Manifest]:
    """What training consists of, as it was applied for that resource."""
    (training,) = components(of, seen())
    return dict(zip(training.ids, training.objects, strict=True))


def with_objects(objects: dict[ObjectId, Manifest]) -> Snapshot:
    return replace(seen(), installed=Installed(objects))


def test_what_a_former_resource_left_is_told_with_the_command_that_takes_it_over() -> None:
    """By which nothing is deleted: people's runs are in the namespace."""
    left = standing(replace(ASKING, uid=FORMER))
    blocked = decide(ASKING, with_objects(left), w.MOMENT).parts[-1].step.blocked
    assert blocked is not None
    assert blocked.reason == "NameConflict"
    assert FORMER in blocked.message
    assert "Remove it" not in blocked.message
    command = blocked.message.partition("kubeconfig: ")[2]
    assert command == (
        "kubectl label --overwrite -A -l orchestrate.sigopt.com/component=training "
        "namespace,serviceaccount,role,rolebinding,resourcequota,limitrange "
        f"{LABEL_UID}={ASKING.uid}"
    )


OFF = replace(WANT, training_put_at=SERVER.endpoint)


def test_switched_off_what_was_put_there_is_taken_away_but_the_namespace() -> None:
    plan = decide(OFF, with_objects(standing()), w.MOMENT)
    (action,) = (action for _, action in plan.actions)
    assert isinstance(action, RemoveObjects)
    assert set(action.objects) == standing().keys() - {NAMESPACE}
    assert not plan.done
    assert decide(OFF, with_objects({NAMESPACE: standing()[NAMESPACE]}), w.MOMENT).done


@pytest.mark.parametrize(("want", "rows"), [(WANT, 2), (replace(OFF, observed=True), 2), (OFF, 3)])
def test_what_nobody_put_there_is_not_looked_for(want: Wish, rows: int) -> None:
    assert len(decide(want, seen(), w.MOMENT).parts) == rows


@pytest.mark.parametrize(
    ("want", "way_out"),
    [(ASKING, "set spec.training.enabled: false"), (OFF, "set managementPolicy: Observe")],
)
def test_who_may_not_look_is_told_what_else_would_do(want: Wish, way_out: str) -> None:
    refused = replace(seen(), installed=Installed(problem="it answers 403", refused_with=403))
    blocked = decide(want, refused, w.MOMENT).parts[-1].step.blocked
    assert blocked is not None
    assert blocked.reason == "Forbidden"
    assert way_out in blocked.message


def test_what_a_server_says_of_its_owner_is_no_part_of_a_command() -> None:
    left = standing(replace(ASKING, uid="$(reboot)"))
    blocked = decide(ASKING, with_objects(left), w.MOMENT).parts[-1].step.blocked
    assert blocked is not None
    assert "reboot" not in blocked.message


def test_what_somebody_made_by_hand_is_told_as_theirs_beside_what_was_left() -> None:
    left = standing(replace(ASKING, uid=FORMER))
    left[NAMESPACE] = {"kind": "Namespace", "metadata": {"name": "orchestrate"}}
    blocked = decide(ASKING, with_objects(left), w.MOMENT).parts[-1].step.blocked
    assert blocked is not None
    assert blocked.message.startswith("Namespace orchestrate in the cluster does not carry")
    assert "ResourceQuota orchestrate/training in the cluster carries" in blocked.message


def test_what_was_left_is_this_ones_once_its_mark_says_so() -> None:
    """Whatever else of it: a quota that the former one wished goes, where this one wishes none."""
    plan = decide(replace(WANT, training=TrainingWish()), with_objects(standing()), w.MOMENT)
    (told,) = (str(action) for _, action in plan.actions)
    assert told == "remove ResourceQuota orchestrate/training from the cluster"
