"""Which group grows for pods that wait, by how much, and what the others are told."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from tests.sandbox.clusters.autoscaler.things import (
    GPU,
    GPU_TAINT,
    TYPE,
    gpu_pod,
    group,
    node,
    pod,
    room,
)

from sigopt_sandbox.clusters.autoscaler.rules.backoffs import Backoffs
from sigopt_sandbox.clusters.autoscaler.rules.estimates import estimate
from sigopt_sandbox.clusters.autoscaler.rules.expanders import Option, choose
from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room
from sigopt_sandbox.clusters.autoscaler.rules.scale_up import (
    Candidate,
    ScaleUpPlan,
    plan_scale_up,
)
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

CPU_NODE: dict[str, Any] = {"labels": {TYPE: "cpu"}, "allocatable": {"cpu": "4"}}
GPU_NODE: dict[str, Any] = {
    "labels": {TYPE: "gpu"},
    "allocatable": {"cpu": "4", GPU: "1"},
    "taints": (GPU_TAINT,),
}


def candidate(
    name: str = "cpu",
    sizes: tuple[int, int, int] = (0, 0, 3),
    backoff: bool = False,
    **of_node: Any,
) -> Candidate:
    return Candidate(group(name, sizes=sizes), room(name=name, **of_node), backoff)


def planned(
    pods: Sequence[Pod], *candidates: Candidate, nodes: int = 1, **settings: Any
) -> ScaleUpPlan:
    return plan_scale_up(pods, candidates, nodes, Settings(**settings), Random(1))


def test_a_pod_with_a_gpu_makes_the_gpu_group_grow_from_zero() -> None:
    pods = [gpu_pod()]
    plan = planned(pods, candidate("cpu", **CPU_NODE), candidate("gpu", **GPU_NODE))
    assert str(plan.growth) == "{gpu 0->1 (max: 3)}"
    assert plan.growth
    assert plan.growth.pods == tuple(pods)
    assert not plan.reasons


@pytest.mark.parametrize(
    ("cpus", "sizes", "after"),
    [
        pytest.param(["1"] * 4, (0, 0, 3), 1, id="four that share a node"),
        pytest.param(["1"] * 5, (0, 0, 3), 2, id="one more than a node takes"),
        pytest.param(["3", "3", "1", "1"], (0, 0, 3), 2, id="small ones beside large ones"),
        pytest.param(["4"] * 9, (0, 0, 3), 3, id="never above the maximum"),
        pytest.param(["4"] * 9, (0, 2, 3), 3, id="beside nodes that are there"),
    ],
)
def test_a_group_grows_by_as_many_nodes_as_the_pods_fill(
    cpus: list[str], sizes: tuple[int, int, int], after: int
) -> None:
    pods = [pod(f"pod-{number}", requests={"cpu": cpu}) for number, cpu in enumerate(cpus)]
    plan = planned(pods, candidate(sizes=sizes, **CPU_NODE))
    assert plan.growth
    assert (plan.growth.before, plan.growth.after) == (sizes[1], after)


@pytest.mark.parametrize(
    ("candidates", "why"),
    [
        pytest.param(
            [candidate(sizes=(0, 3, 3), **CPU_NODE)], "1 max node group size reached", id="full"
        ),
        pytest.param(
            [candidate(backoff=True, **CPU_NODE)],
            "1 in backoff after failed scale-up",
            id="failed lately",
        ),
        pytest.param(
            [Candidate(group(), None)], "1 not ready for scale-up", id="cannot be imagined"
        ),
        pytest.param(
            [candidate(), candidate("small")], "2 Insufficient cpu", id="too small, both of them"
        ),
        pytest.param(
            [candidate("gpu", **GPU_NODE), candidate(sizes=(0, 3, 3), **CPU_NODE)],
            "1 node(s) had untolerated taint(s), 1 max node group size reached",
            id="one does not fit, the other is full",
        ),
        pytest.param([], "", id="no groups"),
    ],
)
def test_a_pod_that_no_group_helps_is_told_why(candidates: list[Candidate], why: str) -> None:
    wanted = pod(requests={"cpu": "3"})
    plan = planned([wanted], *candidates)
    assert plan.growth is None
    assert plan.reasons == {wanted.key: why}


def test_one_group_grows_at_a_time_and_those_it_does_not_help_wait_for_the_next() -> None:
    pods = [gpu_pod(), pod("cpu-training", requests={"cpu": "3"})]
    plan = planned(pods, candidate("cpu", **CPU_NODE), candidate("gpu", **GPU_NODE))
    assert plan.growth
    assert plan.growth.after == 1
    assert not plan.reasons


def test_the_whole_cluster_may_have_a_limit() -> None:
    pods = [pod(f"pod-{number}", requests={"cpu": "4"}) for number in range(3)]
    plan = planned(pods, candidate(**CPU_NODE), nodes=4, max_nodes_total=5)
    assert plan.growth
    assert plan.growth.after == 1
    full = planned(pods, candidate(**CPU_NODE), nodes=5, max_nodes_total=5)
    assert full.growth is None
    assert set(full.reasons.values()) == {"max total nodes in cluster reached"}


def _option(name: str, nodes: int, pods: int, cpu: str, memory: str) -> Option:
    each = [
        pod(f"{name}-{number}", requests={"cpu": "1", "memory": "1Gi"}) for number in range(pods)
    ]
    there = Room.of(node(allocatable={"cpu": cpu, "memory": memory}), ())
    return Option(name, nodes, tuple(each), there)


@pytest.mark.parametrize(
    ("expanders", "chosen"),
    [
        (("least-waste",), {"tight"}),
        (("most-pods",), {"wide", "large"}),
        (("least-nodes",), {"large", "tight"}),
        (("most-pods", "least-nodes"), {"large"}),
        (("random",), {"tight", "wide", "large"}),
    ],
)
def test_expanders_choose_and_chance_decides_between_equals(
    expanders: tuple[str, ...], chosen: set[str]
) -> None:
    options = [
        _option("tight", nodes=1, pods=2, cpu="2", memory="2Gi"),
        _option("wide", nodes=4, pods=4, cpu="2", memory="4Gi"),
        _option("large", nodes=1, pods=4, cpu="64", memory="256Gi"),
    ]
    found = {choose(options, expanders, Random(seed)).group for seed in range(50)}
    assert found == chosen


def test_an_estimate_counts_what_a_new_node_starts_with() -> None:
    template = room(pod("agent", requests={"cpu": "500m"}), allocatable={"cpu": "2"})
    pods = [pod(f"pod-{number}", requests={"cpu": "1"}) for number in range(2)]
    assert estimate(pods, template, most=5)[0] == 2
    assert len(template.pods) == 1


def test_a_group_that_failed_is_left_alone_ever_longer() -> None:
    backoffs, minute = Backoffs(Settings()), 60.0
    lasts = []
    now = 0.0
    for _ in range(4):
        found = backoffs.failed("gpu", now, "OutOfCapacity", "none left")
        lasts.append(found.lasts / minute)
        assert backoffs.of("gpu", found.until - 1) == found
        assert backoffs.of("gpu", found.until) is None
        now = found.until
    assert lasts == [5, 10, 20, 30]
    assert backoffs.failed("gpu", now + 181 * minute, "", "").lasts == 5 * minute
    assert backoffs.of("cpu", now) is None
