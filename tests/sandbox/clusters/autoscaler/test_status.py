"""What it tells of itself: the status, the lease, and a log that does not repeat itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.sandbox.clusters.autoscaler.fakes import FakeCluster, scene
from tests.sandbox.clusters.autoscaler.things import group

from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.lease import Lease
from sigopt_sandbox.clusters.autoscaler.rules.backoffs import Backoff
from sigopt_sandbox.clusters.autoscaler.rules.readiness import Counts
from sigopt_sandbox.clusters.autoscaler.rules.status import GroupState, status, without_times

NOW, LATER = "2026-11-25T12:00:00Z", "2026-11-25T12:00:10Z"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cluster-autoscaler"


def _state(**more: Any) -> GroupState:
    given = {
        "group": group("gpu", sizes=(0, 1, 3)),
        "counts": Counts(ready=["a"], unready=["b", "c"], resource_unready=["b"]),
        "growing": False,
        "backoff": None,
        "candidates": 0,
    }
    return GroupState(**{**given, **more})


def test_a_groups_part_of_the_status() -> None:
    (told,) = status([_state()], {}, NOW)["nodeGroups"]
    times = {"lastProbeTime": NOW, "lastTransitionTime": NOW}
    assert told == {
        "name": "gpu",
        "health": {
            "status": "Healthy",
            "nodeCounts": {
                "registered": {
                    "total": 3,
                    "ready": 1,
                    "notStarted": 0,
                    "suspended": 0,
                    "unready": {"total": 2, "resourceUnready": 1},
                },
                "longUnregistered": 0,
                "unregistered": 0,
            },
            "cloudProviderTarget": 1,
            "minSize": 0,
            "maxSize": 3,
            **times,
        },
        "scaleUp": {"status": "NoActivity", "backoffInfo": {}, **times},
        "scaleDown": {"status": "NoCandidates", **times},
    }


@pytest.mark.parametrize(
    ("state", "part", "expected"),
    [
        ({"growing": True}, "scaleUp", {"status": "InProgress", "backoffInfo": {}}),
        (
            {"backoff": Backoff(300, 300, 0, "timeout", "why")},
            "scaleUp",
            {"status": "Backoff", "backoffInfo": {"errorCode": "timeout", "errorMessage": "why"}},
        ),
        ({"candidates": 2}, "scaleDown", {"status": "CandidatesPresent", "candidates": 2}),
    ],
)
def test_what_happens_in_a_group(
    state: dict[str, Any], part: str, expected: dict[str, Any]
) -> None:
    told = status([_state(**state)], {}, NOW)
    assert told["nodeGroups"][0][part].items() >= expected.items()
    if part == "scaleDown":
        assert told["clusterWide"][part]["candidates"] == 2


def test_a_transition_keeps_its_time_until_the_next() -> None:
    before = status([_state()], {}, NOW)
    same = status([_state()], before, LATER)["nodeGroups"][0]["scaleUp"]
    assert (same["lastProbeTime"], same["lastTransitionTime"]) == (LATER, NOW)
    other = status([_state(growing=True)], before, LATER)
    assert other["nodeGroups"][0]["scaleUp"]["lastTransitionTime"] == LATER
    assert without_times(status([_state()], before, LATER)) == without_times(before)
    assert without_times(other) != without_times(before)


async def test_the_config_map_is_yaml_with_its_time(tmp_path: Path) -> None:
    made = await scene(tmp_path)
    path = "/api/v1/namespaces/kube-system/configmaps/status"
    starting = yaml.safe_load(made.cluster.objects[path]["data"]["status"])
    assert starting["autoscalerStatus"] == "Initializing"
    await made.look()
    written = made.cluster.objects[path]
    told = yaml.safe_load(written["data"]["status"])
    assert told["autoscalerStatus"] == "Running"
    assert [one["name"] for one in told["nodeGroups"]] == ["cpu", "gpu"]
    updated = written["metadata"]["annotations"]["cluster-autoscaler.kubernetes.io/last-updated"]
    assert told["time"] == updated
    assert updated.endswith(" +0000 UTC")


async def test_the_status_is_written_again_for_news_only(tmp_path: Path) -> None:
    made = await scene(tmp_path)
    path = "/api/v1/namespaces/kube-system/configmaps/status"
    await made.look()
    before = made.cluster.objects[path]
    await made.look()
    assert made.cluster.objects[path] is before
    made.add_pod("training", gpu="1")
    await made.look()
    assert made.cluster.objects[path] is not before


def _lease(cluster: FakeCluster, tmp_path: Path, ended: frozenset[str] = frozenset()) -> Lease:
    where = "kube-system", "cluster-autoscaler"
    return Lease(cluster, Journal(tmp_path / "log"), *where, "pod-2", ended)  # type: ignore[arg-type]  # a fake


def _held(by: str, seconds_ago: float) -> FakeCluster:
    cluster = FakeCluster()
    renewed = (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat()
    spec = {"holderIdentity": by, "renewTime": renewed, "leaseDurationSeconds": 15}
    cluster.put(LEASE, {"metadata": {"name": "cluster-autoscaler"}, "spec": spec})
    return cluster


@pytest.mark.parametrize(
    ("cluster", "ended"),
    [
        pytest.param(FakeCluster(), frozenset(), id="nobody's"),
        pytest.param(_held("pod-1", seconds_ago=16), frozenset(), id="expired"),
        pytest.param(_held("", seconds_ago=1), frozenset(), id="given back"),
        pytest.param(_held("pod-1", seconds_ago=1), frozenset({"pod-1"}), id="of a pod that ended"),
    ],
)
async def test_a_lease_that_is_free_is_taken(
    cluster: FakeCluster, ended: frozenset[str], tmp_path: Path
) -> None:
    await _lease(cluster, tmp_path, ended).acquire()
    assert cluster.objects[LEASE]["spec"]["holderIdentity"] == "pod-2"


async def test_a_lease_that_somebody_else_holds_is_lost(tmp_path: Path) -> None:
    assert not await _lease(_held("another", seconds_ago=1), tmp_path).renew()


async def test_a_lease_that_may_not_be_touched_is_complained_about(tmp_path: Path) -> None:
    cluster = FakeCluster(forbidden={"/leases"})
    assert not await _lease(cluster, tmp_path).renew()
    assert "error retrieving resource lock kube-system/cluster-autoscaler" in (
        (tmp_path / "log").read_text()
    )


def test_a_log_says_once_what_lasts_and_always_what_was_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    for _ in range(3):
        journal.error("not authorized")
        journal.info("Setting asg")
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line[0] for line in lines] == ["E", "I", "I", "I"]
