"""Whether a pod fits a node, in the scheduler's words."""

from typing import Any

import pytest
from tests.sandbox.clusters.autoscaler.things import (
    GPU,
    GPU_TAINT,
    TOLERATION,
    TYPE,
    gpu_pod,
    node,
    pod,
    room,
)

from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room, place, refusals
from sigopt_sandbox.clusters.autoscaler.values.nodes import Taint
from sigopt_sandbox.clusters.autoscaler.values.pods import pod_requests
from sigopt_sandbox.clusters.autoscaler.values.quantities import amounts, thousandths

UNTOLERATED = ("node(s) had untolerated taint(s)",)
NOT_SELECTED = ("node(s) didn't match Pod's node affinity/selector",)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("100m", 100),
        ("2", 2_000),
        ("1.5", 1_500),
        ("0.0001", 1),
        ("1Ki", 1_024_000),
        ("2Gi", 2 * 1024**3 * 1000),
        ("100G", 100 * 10**9 * 1000),
        ("1e3", 1_000_000),
        ("3E2", 300_000),
        ("128974848000m", 128_974_848_000),
    ],
)
def test_quantities_are_read_as_kubernetes_reads_them(quantity: str, expected: int) -> None:
    assert thousandths(quantity) == expected


@pytest.mark.parametrize("wrong", ["", "one", "1Xi", "1 Gi", "--1"])
def test_what_is_no_quantity_is_an_error(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        thousandths(wrong)


def _containers(*requests: str, **more: Any) -> list[dict[str, Any]]:
    return [{"resources": {"requests": {"cpu": cpu}}, **more} for cpu in requests]


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        pytest.param({"containers": _containers("1", "2")}, 3000, id="containers together"),
        pytest.param(
            {"containers": _containers("1"), "initContainers": _containers("4", "2")},
            4000,
            id="the largest init container, where that is more",
        ),
        pytest.param(
            {
                "containers": _containers("1"),
                "initContainers": _containers("500m", restartPolicy="Always") + _containers("1"),
            },
            1500,
            id="sidecars run beside what comes after them",
        ),
        pytest.param(
            {"containers": _containers("1"), "overhead": {"cpu": "250m"}}, 1250, id="overhead"
        ),
        pytest.param(
            {"containers": [{"resources": {"limits": {"cpu": "2"}}}]}, 2000, id="limits alone"
        ),
        pytest.param(
            {"containers": _containers("1"), "resources": {"requests": {"cpu": "3"}}},
            3000,
            id="requests of the pod as a whole",
        ),
    ],
)
def test_a_pod_reserves(spec: dict[str, Any], cpu: int) -> None:
    assert pod_requests(spec)["cpu"] == cpu


def _affinity(*expressions: dict[str, Any], field: str = "matchExpressions") -> dict[str, Any]:
    terms = [{field: [expression]} for expression in expressions]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


def _expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        pytest.param({"nodeSelector": {TYPE: "gpu"}}, True, id="selector: same value"),
        pytest.param({"nodeSelector": {TYPE: "cpu"}}, False, id="selector: other value"),
        pytest.param({"nodeSelector": {"none": "x"}}, False, id="selector: label not there"),
        pytest.param(_affinity(_expression(TYPE, "In", "cpu", "gpu")), True, id="In"),
        pytest.param(_affinity(_expression(TYPE, "NotIn", "gpu")), False, id="NotIn"),
        pytest.param(_affinity(_expression("none", "NotIn", "gpu")), True, id="NotIn, no label"),
        pytest.param(_affinity(_expression(TYPE, "Exists")), True, id="Exists"),
        pytest.param(_affinity(_expression("none", "DoesNotExist")), True, id="DoesNotExist"),
        pytest.param(_affinity(_expression("cores", "Gt", "3")), True, id="Gt"),
        pytest.param(_affinity(_expression("cores", "Lt", "4")), False, id="Lt, not below"),
        pytest.param(
            _affinity(_expression(TYPE, "In", "cpu"), _expression("cores", "Exists")),
            True,
            id="one term of several is enough",
        ),
        pytest.param(
            _affinity(_expression("metadata.name", "In", "node-1"), field="matchFields"),
            True,
            id="the node's name",
        ),
        pytest.param(
            _affinity(_expression("metadata.name", "In", "node-2"), field="matchFields"),
            False,
            id="another node's name",
        ),
    ],
)
def test_selectors_and_required_affinity(spec: dict[str, Any], fits: bool) -> None:
    there = room(labels={TYPE: "gpu", "cores": "4"})
    assert refusals(pod(**spec), there) == (() if fits else NOT_SELECTED)


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        pytest.param(None, False, id="none"),
        pytest.param(TOLERATION, True, id="exists"),
        pytest.param({"operator": "Exists"}, True, id="everything"),
        pytest.param({"key": GPU, "value": "present"}, True, id="equal value"),
        pytest.param({"key": GPU, "value": "true"}, False, id="other value"),
        pytest.param({"key": GPU}, False, id="no value means the empty one"),
        pytest.param(TOLERATION | {"effect": "NoExecute"}, False, id="other effect"),
    ],
)
def test_tolerations(toleration: dict[str, Any] | None, fits: bool) -> None:
    wanted = pod(tolerations=[toleration] if toleration else [])
    assert refusals(wanted, room(taints=(GPU_TAINT,))) == (() if fits else UNTOLERATED)


def test_a_soft_taint_keeps_nobody_away() -> None:
    assert refusals(pod(), room(taints=(Taint("spot", "", "PreferNoSchedule"),))) == ()


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ({"cpu": "1500m"}, ()),
        ({"cpu": "1600m"}, ("Insufficient cpu",)),
        ({"cpu": "2", "memory": "9Gi"}, ("Insufficient cpu", "Insufficient memory")),
        ({GPU: "1"}, (f"Insufficient {GPU}",)),
    ],
)
def test_what_is_left_of_a_node_must_suffice(
    requests: dict[str, str], expected: tuple[str, ...]
) -> None:
    there = room(pod("other", requests={"cpu": "500m"}))
    assert refusals(pod(requests=requests), there) == expected


def test_a_node_takes_so_many_pods() -> None:
    there = room(pod("one"), pod("two"), allocatable={"pods": "2"})
    assert refusals(pod("three"), there) == ("Too many pods",)


def test_a_cordoned_node_takes_only_who_tolerates_it() -> None:
    there = Room.of(node(unschedulable=True), ())
    assert refusals(pod(), there) == ("node(s) were unschedulable",)
    everywhere = pod(tolerations=[{"operator": "Exists"}])
    assert refusals(everywhere, there) == ()


def test_pods_are_placed_until_the_nodes_are_full() -> None:
    rooms = [room(allocatable={GPU: "1"}), room(name="node-2", allocatable={GPU: "1"})]
    pods = [gpu_pod(f"gpu-{number}") for number in range(3)]
    assert place(pods, rooms) == [pods[2]]
    assert [one.used[GPU] for one in rooms] == [1000, 1000]


def test_amounts_of_an_object() -> None:
    assert amounts({"cpu": "1930m", "pods": "29"}) == {"cpu": 1930, "pods": 29_000}
    assert amounts(None) == {}
