"""Look after look: groups grow once for the same pods, and shrink when they are not needed."""

from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.clusters.autoscaler.fakes import MINUTE, Scene, scene

from sigopt_sandbox.clusters.autoscaler.values.nodes import DELETION_CANDIDATE, TO_BE_DELETED

CORDONED = "unschedulable"


@pytest.fixture
async def made(tmp_path: Path) -> Scene:
    return await scene(tmp_path)


def _taints(of: Scene, name: str) -> set[str]:
    spec = of.cluster.objects[f"/api/v1/nodes/{name}"]["spec"]
    return {taint["key"] for taint in spec.get("taints", ())}


async def _with_a_node(of: Scene, name: str = "cpu") -> str:
    """A node of a group that was never asked for by this autoscaler."""
    instance = f"i-{name}"
    of.cloud.launch(name, instance)
    of.cloud.found[name] = of.cloud.found[name].__class__(
        **{**vars(of.cloud.found[name]), "desired": 1}
    )
    of.join(name, instance, gpus=1 if name == "gpu" else 0)
    await of.look()
    return instance


async def test_a_group_is_made_larger_once_for_the_same_pods(made: Scene) -> None:
    made.add_pod("training", gpu="1")
    for _ in range(3):
        await made.look()
    assert made.cloud.set_to == [("gpu", 1)]
    made.cloud.launch("gpu", "i-1")
    await made.look()
    made.join("gpu", "i-1", gpus=1)
    await made.look()
    assert made.cloud.set_to == [("gpu", 1)]
    assert made.events("TriggeredScaleUp") == ["pod triggered scale-up: [{gpu 0->1 (max: 3)}]"]


async def test_another_pod_meanwhile_makes_it_larger_by_another_node(made: Scene) -> None:
    made.add_pod("first", gpu="1")
    await made.look()
    made.add_pod("second", gpu="1")
    await made.look()
    assert made.cloud.set_to == [("gpu", 1), ("gpu", 2)]


async def test_nodes_that_somebody_else_asked_for_are_awaited_too(made: Scene) -> None:
    made.cloud.found["gpu"] = made.cloud.found["gpu"].__class__(
        **{**vars(made.cloud.found["gpu"]), "desired": 2}
    )
    made.add_pod("first", gpu="1")
    made.add_pod("second", gpu="1")
    await made.look()
    assert made.cloud.set_to == []


@pytest.mark.parametrize(
    ("accelerator", "set_to"),
    [
        pytest.param(True, [("gpu", 1)], id="labelled: its GPUs are awaited"),
        pytest.param(False, [("gpu", 1), ("gpu", 2)], id="not labelled: it looks useless"),
    ],
)
async def test_a_gpu_node_without_its_gpus(
    made: Scene, accelerator: bool, set_to: list[tuple[str, int]]
) -> None:
    made.add_pod("training", gpu="1")
    await made.look()
    made.cloud.launch("gpu", "i-1")
    await made.look()
    made.join("gpu", "i-1", gpus=0, accelerator=accelerator)
    await made.look(10)
    assert made.cloud.set_to == set_to


async def test_a_launch_that_fails_is_taken_back_and_tried_again_later(made: Scene) -> None:
    made.cloud.failing.add("gpu")
    made.add_pod("training", gpu="1")
    await made.look()
    await made.look()
    assert made.cloud.set_to == [("gpu", 1), ("gpu", 0)]
    assert "OutOfResource" in made.events("ScaleUpFailed")[0]
    assert made.events("NotTriggerScaleUp") == [
        "pod didn't trigger scale-up: 1 Insufficient nvidia.com/gpu,"
        " 1 in backoff after failed scale-up"
    ]
    made.cloud.failing.clear()
    await made.look(3 * MINUTE)
    assert len(made.cloud.set_to) == 2
    await made.look(2 * MINUTE)
    assert made.cloud.set_to[2:] == [("gpu", 1)]


async def test_what_aws_denies_is_told_and_not_tried_at_once_again(made: Scene) -> None:
    made.cloud.refused.add("SetDesiredCapacity")
    made.add_pod("training", gpu="1")
    for _ in range(3):
        await made.look()
    assert made.cloud.set_to == []
    assert "AccessDenied" in made.events("FailedToScaleUpGroup")[0]
    assert "Failed to scale up: failed to increase node group size" in made.log.read_text()


async def test_an_instance_that_never_joins_is_ended(made: Scene) -> None:
    made.add_pod("training", gpu="1")
    await made.look()
    made.cloud.launch("gpu", "i-1")
    await made.look()
    await made.look(14.5 * MINUTE)
    assert "failed to register within" in made.events("ScaleUpTimedOut")[0]
    assert not made.cloud.terminated
    await made.look(2 * MINUTE)
    assert made.cloud.terminated == ["i-1"]
    assert made.cloud.set_to == [("gpu", 1)]


async def test_an_empty_node_goes_after_ten_minutes(made: Scene) -> None:
    instance = await _with_a_node(made)
    assert _taints(made, instance) == {DELETION_CANDIDATE}
    await made.look(8 * MINUTE)
    assert not made.cloud.terminated
    await made.look(3 * MINUTE)
    assert made.cloud.terminated == [instance]
    assert TO_BE_DELETED in _taints(made, instance)
    assert made.cluster.objects[f"/api/v1/nodes/{instance}"]["spec"][CORDONED]
    assert "nodes removed by cluster autoscaler" in made.events("ScaleDown")


async def test_a_node_that_is_used_again_is_no_candidate(made: Scene) -> None:
    instance = await _with_a_node(made)
    made.add_pod("training", on=instance, cpu="3")
    await made.look(5 * MINUTE)
    assert _taints(made, instance) == set()
    made.remove("namespaces/default/pods/training")
    await made.look(7 * MINUTE)
    assert not made.cloud.terminated


async def test_nothing_is_removed_soon_after_a_group_grew(made: Scene) -> None:
    instance = await _with_a_node(made)
    await made.look(9 * MINUTE)
    made.add_pod("training", gpu="1")
    await made.look()
    await made.look(8 * MINUTE)
    assert not made.cloud.terminated
    await made.look(3 * MINUTE)
    assert made.cloud.terminated == [instance]


async def test_a_node_with_pods_is_drained_first(made: Scene) -> None:
    instance = await _with_a_node(made)
    made.join("other", "not-scaled")
    made.add_pod("small", on=instance, cpu="1")
    await made.look()
    await made.look(11 * MINUTE)
    assert made.cloud.terminated == [instance]
    assert not made.cluster.pods
    assert "deleting pod for node scale down" in made.events("ScaleDown")


async def test_a_drain_that_a_budget_stops_is_given_up_and_waits(made: Scene) -> None:
    instance = await _with_a_node(made)
    made.join("other", "not-scaled")
    made.add_pod("small", on=instance, cpu="1")
    made.cluster.guarded.add("small")
    await made.look()
    await made.look(11 * MINUTE)
    assert not made.cloud.terminated
    assert _taints(made, instance) == {DELETION_CANDIDATE}
    (failed,) = made.events("ScaleDownFailed")
    assert "failed to evict pod default/small within allowed timeout" in failed
    made.cluster.guarded.clear()
    await made.look(MINUTE)
    assert not made.cloud.terminated
    await made.look(11 * MINUTE)
    assert made.cloud.terminated == [instance]


@pytest.mark.parametrize(
    ("forbidden", "logged"),
    [
        pytest.param("PUT /api/v1/nodes", "couldn't taint i-cpu", id="nodes may not be updated"),
        pytest.param("/eviction", "Failed to evict pod small", id="pods may not be evicted"),
    ],
)
async def test_without_a_right_no_node_is_removed(made: Scene, forbidden: str, logged: str) -> None:
    instance = await _with_a_node(made)
    made.join("other", "not-scaled")
    made.add_pod("small", on=instance, cpu="1")
    made.cluster.forbidden.add(forbidden)
    await made.look()
    await made.look(11 * MINUTE)
    assert not made.cloud.terminated
    assert logged in made.log.read_text()


async def test_without_the_right_to_the_config_map_scaling_goes_on(tmp_path: Path) -> None:
    made = await scene(tmp_path)
    made.cluster.forbidden.add("configmaps")
    made.add_pod("training", gpu="1")
    await made.look()
    assert made.cloud.set_to == [("gpu", 1)]
    assert "Failed to write status configmap" in made.log.read_text()


async def test_events_that_are_refused_stop_nothing(made: Scene) -> None:
    made.cluster.forbidden.add("/events")
    made.add_pod("training", gpu="1")
    await made.look()
    assert made.cloud.set_to == [("gpu", 1)]
    assert "Server rejected event 'TriggeredScaleUp'" in made.log.read_text()


async def test_what_an_earlier_pod_was_removing_is_let_go(made: Scene) -> None:
    made.cloud.launch("cpu", "i-1")
    made.join("cpu", "i-1")
    made.add_pod("training", on="i-1", cpu="3")
    node: dict[str, Any] = made.cluster.objects["/api/v1/nodes/i-1"]
    node["spec"] |= {
        "taints": [{"key": TO_BE_DELETED, "value": "1", "effect": "NoSchedule"}],
        "unschedulable": True,
    }
    await made.look()
    assert _taints(made, "i-1") == set()
    assert not made.cluster.objects["/api/v1/nodes/i-1"]["spec"][CORDONED]
    assert made.events("ClusterAutoscalerCleanup")


async def test_an_aws_that_does_not_answer_delays_and_no_more(made: Scene) -> None:
    await made.look()
    made.cloud.refused.add("DescribeAutoScalingGroups")
    made.add_pod("training", gpu="1")
    await made.look()
    assert made.cloud.set_to == []
    assert "Failed to refresh cloud provider config" in made.log.read_text()
    made.cloud.refused.clear()
    await made.look()
    assert made.cloud.set_to == [("gpu", 1)]


async def test_scale_down_can_be_switched_off(tmp_path: Path) -> None:
    made = await scene(tmp_path, scale_down=False)
    await _with_a_node(made)
    await made.look(60 * MINUTE)
    assert not made.cloud.terminated
