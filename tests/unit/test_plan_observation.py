"""A cluster that is only observed: what is said of it, and that nothing is done to it."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.snapshot import Cluster, Connection, Snapshot
from sigopt_operator.plan.steps import Step

WANT = replace(w.WANT, observed=True)
THEIRS = replace(w.cluster(), tags=w.FOREIGN, authentication_mode="API")
ANSWERS = Connection(version="v1.34.2", nodes_ready=3, nodes=3)
UNKNOWN = Connection(problem="Unauthorized", refused_with=401)
FORBIDDEN = Connection(problem="may not list nodes", refused_with=403)


def seen(cluster: Cluster | None = THEIRS, connection: Connection | None = ANSWERS) -> Snapshot:
    group = replace(w.group(w.CPU), name="workers", tags=w.FOREIGN)
    return Snapshot(w.WHO, cluster=cluster, node_groups=(group,), connection=connection)


def steps(plan: Plan) -> dict[str, Step]:
    return {planned.part.name: planned.step for planned in plan.parts}


def status(told: str) -> Cluster:
    return replace(THEIRS, status=told)


@pytest.mark.parametrize(
    ("snapshot", "control_plane", "connected"),
    [
        pytest.param(seen(), "ready", "ready", id="ACTIVE and answering"),
        pytest.param(seen(None, None), "ClusterNotFound", "not started", id="there is none"),
        pytest.param(seen(status("CREATING"), None), "waiting", "not started", id="being made"),
        pytest.param(seen(status("UPDATING")), "waiting", "ready", id="updated by its owner"),
        pytest.param(seen(status("DELETING"), None), "waiting", "not started", id="going"),
        pytest.param(
            seen(status("FAILED"), None), "ControlPlaneFailed", "not started", id="FAILED"
        ),
        pytest.param(seen(connection=UNKNOWN), "ready", "AccessMissing", id="does not let us in"),
        pytest.param(seen(connection=FORBIDDEN), "ready", "AccessMissing", id="shows no nodes"),
        pytest.param(
            seen(connection=Connection(problem="timeout")), "ready", "waiting", id="unreachable"
        ),
    ],
)
def test_what_is_said_of_it(snapshot: Snapshot, control_plane: str, connected: str) -> None:
    plan = decide(WANT, snapshot, w.MOMENT)
    said = {p.part.name: _word(p.step) if p.started else "not started" for p in plan.parts}
    kubeconfig = "not started" if connected == "not started" else "ready"
    assert said == {
        "ControlPlane": control_plane,
        "Kubeconfig": kubeconfig,
        "Connection": connected,
    }
    assert plan.actions == ()
    assert plan.done == (set(said.values()) == {"ready"})


def _word(step: Step) -> str:
    if step.blocked:
        return step.blocked.reason
    return "ready" if step.ready else "waiting" if step.waiting else "?"


ENTRY = (
    f"aws eks create-access-entry --region us-west-2 --cluster-name tiny "
    f"--principal-arn {w.WHO.principal_arn}"
)
POLICY = (
    f"aws eks associate-access-policy --region us-west-2 --cluster-name tiny "
    f"--principal-arn {w.WHO.principal_arn} "
    f"--policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy "
    f"--access-scope type=cluster"
)
MODE = (
    "aws eks update-cluster-config --region us-west-2 --name tiny "
    "--access-config authenticationMode=API_AND_CONFIG_MAP"
)


@pytest.mark.parametrize(
    ("mode", "connection", "commands"),
    [
        pytest.param("API", UNKNOWN, [ENTRY, POLICY], id="no access entry"),
        pytest.param("API", FORBIDDEN, [POLICY], id="an entry without the policy"),
        pytest.param("CONFIG_MAP", UNKNOWN, [MODE, ENTRY, POLICY], id="no entries at all"),
    ],
)
def test_who_may_not_enter_is_told_the_exact_commands(
    mode: str, connection: Connection, commands: list[str]
) -> None:
    cluster = replace(THEIRS, authentication_mode=mode)
    blocked = steps(decide(WANT, seen(cluster, connection), w.MOMENT))["Connection"].blocked
    assert blocked
    assert blocked.message.partition("in: ")[2] == " && ".join(commands)


def test_the_policy_is_that_of_the_partition() -> None:
    there = replace(seen(THEIRS, FORBIDDEN), identity=replace(w.WHO, partition="aws-eusc"))
    blocked = steps(decide(WANT, there, w.MOMENT))["Connection"].blocked
    assert blocked
    assert "arn:aws-eusc:eks::aws:cluster-access-policy/" in blocked.message


def test_a_cluster_that_is_missing_is_named_with_where_it_was_looked_for() -> None:
    blocked = steps(decide(WANT, seen(None, None), w.MOMENT))["ControlPlane"].blocked
    assert blocked
    for words in ("tiny", "us-west-2", w.WHO.account, "looked for again"):
        assert words in blocked.message


def test_whose_it_is_does_not_matter() -> None:
    mine = replace(w.finished(), stack=None)
    assert decide(WANT, mine, w.MOMENT).done
    assert decide(WANT, mine, w.MOMENT).actions == ()


def test_its_end_takes_nothing_away() -> None:
    plan = decide(replace(WANT, deleting=True), w.finished(), w.MOMENT)
    assert plan.done
    assert plan.actions == ()
