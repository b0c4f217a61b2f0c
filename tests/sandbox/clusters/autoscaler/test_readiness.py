"""How many nodes a group has, and how many more will come."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sandbox.clusters.autoscaler.things import GPU, group, node

from sigopt_sandbox.clusters.autoscaler.rules.readiness import count, without_nodes
from sigopt_sandbox.clusters.autoscaler.values.nodes import GPU_LABEL, read_node
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

YOUNG, OLD = datetime(2026, 11, 25, 12, 50, tzinfo=UTC), datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
READY = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-25T12:00:00Z"}


def _age(moment: datetime | None) -> float:
    return (datetime(2026, 11, 25, 13, 0, tzinfo=UTC) - (moment or OLD)).total_seconds()


def _of(instance: str, **more: Any) -> Any:
    return node(instance, provider_id=f"aws:///us-west-2a/{instance}", created=OLD, **more)


def _upcoming(
    desired: int, nodes: list[Any], unregistered: dict[str, float] | None = None
) -> dict[str, int]:
    groups = {"cpu": group(sizes=(0, desired, 5), instances=("i-1", "i-2", "i-3"))}
    found = count(groups, nodes, unregistered or {}, Settings(), _age)["cpu"]
    return {
        "ready": len(found.ready),
        "unready": len(found.unready),
        "starting": len(found.not_started),
        "leaving": len(found.leaving),
        "upcoming": found.upcoming(desired),
    }


@pytest.mark.parametrize(
    ("nodes", "unregistered", "expected"),
    [
        pytest.param([], {}, {"ready": 0, "upcoming": 3}, id="none is there yet"),
        pytest.param([_of("i-1")], {}, {"ready": 1, "upcoming": 2}, id="one is ready"),
        pytest.param(
            [node("i-1", provider_id="aws:///a/i-1", created=YOUNG, ready=False)],
            {},
            {"starting": 1, "upcoming": 3},
            id="one that is starting is still to come",
        ),
        pytest.param(
            [_of("i-1", ready=False)],
            {},
            {"unready": 1, "upcoming": 2},
            id="one that broke is not to come",
        ),
        pytest.param(
            [],
            {"i-1": 901.0, "i-2": 10.0},
            {"upcoming": 2},
            id="an instance that did not join in time is not to come",
        ),
        pytest.param([_of("i-9")], {}, {"ready": 0, "upcoming": 3}, id="a node of nobody's"),
    ],
)
def test_counts(nodes: list[Any], unregistered: dict[str, float], expected: dict[str, int]) -> None:
    assert _upcoming(3, nodes, unregistered).items() >= expected.items()


def test_a_node_whose_instance_is_going_counts_no_more() -> None:
    groups = {"cpu": group(sizes=(0, 1, 5), instances=("i-1",))}
    (instance,) = groups["cpu"].instances
    going = type(instance)(instance.id, instance.zone, "Terminating")
    groups["cpu"] = type(groups["cpu"])(**{**vars(groups["cpu"]), "instances": (going,)})
    found = count(groups, [_of("i-1")], {}, Settings(), _age)["cpu"]
    assert (found.ready, found.leaving, found.upcoming(1)) == ([], ["i-1"], 1)
    assert without_nodes(groups.values(), []) == set()


def test_instances_without_a_node_are_known() -> None:
    groups = [group(instances=("i-1", "i-2"))]
    assert without_nodes(groups, [_of("i-1")]) == {"i-2"}


@pytest.mark.parametrize(
    ("labels", "allocatable", "taints", "conditions", "ready"),
    [
        pytest.param({}, {}, [], [READY], True, id="ready"),
        pytest.param({}, {}, [], [], False, id="no word of readiness"),
        pytest.param({}, {}, [], [READY | {"status": "Unknown"}], False, id="lost"),
        pytest.param(
            {},
            {},
            [],
            [READY, {"type": "NetworkUnavailable", "status": "True"}],
            False,
            id="no network",
        ),
        pytest.param(
            {},
            {},
            [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}],
            [READY],
            False,
            id="tainted as not ready",
        ),
        pytest.param({GPU_LABEL: "t4"}, {}, [], [READY], False, id="its GPUs are awaited"),
        pytest.param({GPU_LABEL: "t4"}, {GPU: "0"}, [], [READY], False, id="no GPU to allocate"),
        pytest.param({GPU_LABEL: "t4"}, {GPU: "1"}, [], [READY], True, id="its GPUs are there"),
    ],
)
def test_a_node_is_ready(
    labels: dict[str, str],
    allocatable: dict[str, str],
    taints: list[dict[str, str]],
    conditions: list[dict[str, str]],
    ready: bool,
) -> None:
    read = read_node(
        {
            "metadata": {"name": "node-1", "labels": labels},
            "spec": {"taints": taints, "providerID": "aws:///us-west-2a/i-1"},
            "status": {"allocatable": allocatable, "conditions": conditions},
        }
    )
    assert read.ready is ready
    assert read.instance == "i-1"
