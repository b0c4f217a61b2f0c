"""Which nodes are not needed, what holds them, and which of them go now."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sandbox.clusters.autoscaler.things import GPU, group, node, pod

from sigopt_sandbox.clusters.autoscaler.rules.drainability import holds_its_node
from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room
from sigopt_sandbox.clusters.autoscaler.rules.scale_down import (
    Scene,
    Survey,
    Unneeded,
    due,
    survey,
    utilization,
)
from sigopt_sandbox.clusters.autoscaler.values.groups import OPTIONS_PREFIX, Group
from sigopt_sandbox.clusters.autoscaler.values.nodes import (
    GPU_LABEL,
    SCALE_DOWN_DISABLED,
    TO_BE_DELETED,
    Node,
    Taint,
)
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

HOUR = 3600.0
SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
NOON = datetime(2026, 11, 25, 12, 10, tzinfo=UTC)
TWO = group(sizes=(0, 2, 3))


def _age(moment: datetime | None) -> float:
    return (NOON - moment).total_seconds() if moment else 0.0


def surveyed(
    *rooms: Room,
    of: Group = TWO,
    before: tuple[str, ...] = (),
    budgets: tuple[dict[str, Any], ...] = (),
    settings: Settings | None = None,
) -> Survey:
    """Judge the first node alone; the others are of no group."""
    scene = Scene(
        {one.node.name: one for one in rooms},
        {rooms[0].node.name: of},
        budgets,
        settings or Settings(),
        _age,
    )
    return survey(scene, before, ())


def _room(name: str, *pods: Pod, **of_node: Any) -> Room:
    return Room.of(node(name, **of_node), pods)


def test_an_empty_node_is_not_needed() -> None:
    agent = pod("agent", owner="DaemonSet", requests={"cpu": "500m"})
    found = surveyed(_room("one", agent))
    assert [one.node.name for one in found.unneeded] == ["one"]
    assert found.unneeded[0].empty


def test_a_node_whose_pods_fit_elsewhere_is_not_needed() -> None:
    small = pod("small", owner="ReplicaSet", requests={"cpu": "500m"})
    found = surveyed(_room("one", small), _room("two"))
    assert found.unneeded[0].moving == (small,)


@pytest.mark.parametrize(
    ("of_node", "of", "why"),
    [
        pytest.param(
            {"annotations": {SCALE_DOWN_DISABLED: "true"}}, TWO, "no scale down", id="annotated"
        ),
        pytest.param(
            {"taints": (Taint(TO_BE_DELETED, "1", "NoSchedule"),)},
            TWO,
            "currently being deleted",
            id="on its way out",
        ),
        pytest.param({}, group(sizes=(2, 2, 3)), "min size reached", id="at the minimum"),
    ],
)
def test_an_empty_node_stays(of_node: dict[str, Any], of: Group, why: str) -> None:
    found = surveyed(_room("one", **of_node), of=of)
    assert not found.unneeded
    assert why in found.staying["one"]


@pytest.mark.parametrize(
    ("cpu", "tags", "stays"),
    [
        pytest.param("1", {}, False, id="half of it requested"),
        pytest.param("1100m", {}, True, id="more than half"),
        pytest.param(
            "1100m", {f"{OPTIONS_PREFIX}scaledownutilizationthreshold": "0.6"}, False, id="by tag"
        ),
    ],
)
def test_a_node_that_is_used_stays(cpu: str, tags: dict[str, str], stays: bool) -> None:
    busy = pod("busy", owner="ReplicaSet", requests={"cpu": cpu})
    of = group(sizes=(0, 2, 3), tags=tags)
    found = surveyed(_room("one", busy), _room("two"), of=of)
    assert bool(found.unneeded) is not stays


def test_on_gpu_nodes_only_gpus_count() -> None:
    gpu = {"labels": {GPU_LABEL: "t4"}, "allocatable": {GPU: "1"}}
    busy = _room("one", pod("cpu", owner="Job", requests={"cpu": "2"}), **gpu)
    assert utilization(busy, Settings()) == 0
    busy.add(pod("gpu", owner="Job", requests={GPU: "1"}))
    assert utilization(busy, Settings()) == 1


def test_pods_of_daemon_sets_can_be_left_out() -> None:
    there = _room("one", pod("agent", owner="DaemonSet", requests={"cpu": "1"}))
    assert utilization(there, Settings()) == 0.5
    assert utilization(there, Settings(ignore_daemon_sets=True)) == 0


def test_a_node_stays_when_its_pods_have_nowhere_to_go() -> None:
    small = pod("small", owner="ReplicaSet", requests={"cpu": "1"})
    full = _room("two", pod("other", requests={"cpu": "1500m"}))
    assert surveyed(_room("one", small), full).staying == {"one": "no place to move its pods to"}


def test_two_nodes_do_not_both_count_on_the_same_room() -> None:
    def half(name: str) -> Room:
        return _room(name, pod(f"on-{name}", owner="ReplicaSet", requests={"cpu": "900m"}))

    rooms = {name: half(name) for name in ("one", "two", "three")}
    scene = Scene(rooms, dict.fromkeys(rooms, group(sizes=(0, 3, 3))), (), Settings(), _age)
    found = survey(scene, before=("three",), going=())
    assert [one.node.name for one in found.unneeded] == ["three"]


@pytest.mark.parametrize(
    ("wanted", "settings", "why"),
    [
        pytest.param(pod(owner="Job"), {}, "", id="of a job"),
        pytest.param(pod(), {}, "is not replicated", id="of nobody"),
        pytest.param(pod(owner="RayCluster"), {}, "is not replicated", id="of somebody unknown"),
        pytest.param(
            pod(owner="RayCluster"), {"skip_custom_controllers": False}, "", id="unknown, by flag"
        ),
        pytest.param(pod(owner="DaemonSet", namespace="kube-system"), {}, "", id="of a daemon set"),
        pytest.param(pod(annotations={SAFE: "true"}), {}, "", id="of nobody, and safe"),
        pytest.param(
            pod(owner="Job", annotations={SAFE: "false"}), {}, "not safe to evict", id="not safe"
        ),
        pytest.param(
            pod(owner="Job", annotations={SAFE: "on-completion"}),
            {},
            "until it completes",
            id="end",
        ),
        pytest.param(
            pod(owner="ReplicaSet", namespace="kube-system"), {}, "kube-system pod", id="of system"
        ),
        pytest.param(
            pod(owner="ReplicaSet", namespace="kube-system"),
            {"skip_system_pods": False},
            "",
            id="of the system, by flag",
        ),
        pytest.param(
            pod(owner="ReplicaSet", namespace="kube-system", created="2026-11-25T11:00:00Z"),
            {},
            "",
            id="of the system, for more than an hour",
        ),
        pytest.param(
            pod(owner="Job", volumes=[{"name": "v", "emptyDir": {}}]),
            {},
            "local storage",
            id="disk",
        ),
        pytest.param(
            pod(owner="Job", volumes=[{"name": "v", "hostPath": {}}]),
            {},
            "local storage",
            id="host",
        ),
        pytest.param(
            pod(owner="Job", volumes=[{"name": "v", "emptyDir": {"medium": "Memory"}}]),
            {},
            "",
            id="memory",
        ),
        pytest.param(
            pod(owner="Job", volumes=[{"name": "v", "emptyDir": {}}]),
            {"skip_local_storage": False},
            "",
            id="disk, by flag",
        ),
        pytest.param(
            pod(
                owner="Job",
                volumes=[{"name": "v", "emptyDir": {}}],
                annotations={f"{SAFE}-local-volumes": "v"},
            ),
            {},
            "",
            id="disk that is said to be harmless",
        ),
    ],
)
def test_what_holds_a_node(wanted: Pod, settings: dict[str, Any], why: str) -> None:
    found = holds_its_node(wanted, (), Settings(**settings), _age)
    assert why in found
    assert bool(found) is bool(why)


@pytest.mark.parametrize(
    ("allowed", "selector", "holds"),
    [
        (0, {"matchLabels": {"app": "web"}}, True),
        (1, {"matchLabels": {"app": "web"}}, False),
        (0, {"matchLabels": {"app": "other"}}, False),
        (0, {"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        (0, {}, True),
        (0, None, False),
    ],
)
def test_a_disruption_budget_holds_its_pods(allowed: int, selector: Any, holds: bool) -> None:
    budget = {
        "metadata": {"namespace": "default"},
        "spec": {"selector": selector},
        "status": {"disruptionsAllowed": allowed},
    }
    guarded = pod(owner="ReplicaSet", labels={"app": "web"})
    assert bool(holds_its_node(guarded, (budget,), Settings(), _age)) is holds
    elsewhere = pod(owner="ReplicaSet", labels={"app": "web"}, namespace="other")
    assert not holds_its_node(elsewhere, (budget,), Settings(), _age)


def test_a_budget_lets_the_pods_of_the_system_go() -> None:
    dns = pod(owner="ReplicaSet", namespace="kube-system", labels={"k8s-app": "kube-dns"})
    budget = {
        "metadata": {"namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"k8s-app": "kube-dns"}}},
        "status": {"disruptionsAllowed": 1},
    }
    assert not holds_its_node(dns, (budget,), Settings(), _age)


def _unneeded(name: str, *, drain: bool = False, of: Group = TWO, ready: bool = True) -> Unneeded:
    moving = (pod(f"on-{name}", owner="Job"),) if drain else ()
    there: Node = node(name, ready=ready)
    return Unneeded(there, of, moving)


def _due(
    *found: Unneeded,
    for_seconds: float = HOUR,
    going: dict[str, bool] | None = None,
    groups_going: dict[str, int] | None = None,
    **settings: Any,
) -> list[str]:
    since = {one.node.name: 0.0 for one in found}
    chosen = due(
        found, since, going or {}, groups_going or {}, Settings(**settings), now=for_seconds
    )
    return [one.node.name for one in chosen]


def test_a_node_goes_after_it_was_unneeded_long_enough() -> None:
    assert _due(_unneeded("one"), for_seconds=599) == []
    assert _due(_unneeded("one"), for_seconds=601) == ["one"]
    assert _due(_unneeded("one", ready=False), for_seconds=601) == []
    assert _due(_unneeded("one"), for_seconds=61, unneeded_time=60.0) == ["one"]


def test_a_group_may_have_a_patience_of_its_own() -> None:
    slow = group(sizes=(0, 2, 3), tags={f"{OPTIONS_PREFIX}scaledownunneededtime": "30m"})
    assert _due(_unneeded("one", of=slow), for_seconds=1700) == []
    assert _due(_unneeded("one", of=slow), for_seconds=1801) == ["one"]


def test_no_group_falls_below_its_minimum() -> None:
    one_of_two = group(sizes=(1, 2, 3))
    pair = [_unneeded("one", of=one_of_two), _unneeded("two", of=one_of_two)]
    assert _due(*pair) == ["one"]
    assert _due(*pair, groups_going={"cpu": 1}) == []


def test_empty_nodes_go_first_and_drains_one_after_the_other() -> None:
    many = group(sizes=(0, 9, 9))
    found = [_unneeded(name, drain=name != "e", of=many) for name in "abe"]
    assert _due(*found) == ["e", "a"]
    assert _due(*found, going={"z": True}) == ["e"]
    assert _due(*found, going={str(n): False for n in range(10)}) == []
