"""Round by round through several versions: the order of everything that is asked of AWS."""

from __future__ import annotations

from typing import Any

from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws_versions import addon_default
from tests.fakes.refusals import refusal

ADDONS = 4
MOVES = ("update_cluster_version", "update_nodegroup_version", "update_addon")


def begun(rig: Rig, version: str = "1.33", **changes: Any) -> dict[str, Any]:
    """A cluster that is Ready at a version; what it costs later is counted from here."""
    spec = {**SPEC, "kubernetesVersion": version, **changes}
    rig.api.apply(KEY, spec)
    rig.until_steady()
    rig.aws.calls.clear()
    return spec


def upgraded(rig: Rig, spec: dict[str, Any], version: str) -> None:
    rig.api.apply(KEY, {**spec, "kubernetesVersion": version})


def moves(rig: Rig) -> list[str]:
    return [call for call in rig.aws.calls if call in MOVES]


def one_step(addons: int = ADDONS) -> list[str]:
    return [
        "update_cluster_version",
        "update_nodegroup_version",
        "update_nodegroup_version",
        *["update_addon"] * addons,
    ]


def test_three_minor_versions_one_after_the_other_each_in_the_same_order(rig: Rig) -> None:
    spec = begun(rig)
    upgraded(rig, spec, "1.36")
    rig.round()
    assert rig.status["phase"] == "Updating"
    rig.until_steady()
    assert moves(rig) == one_step() * 3
    assert rig.status["kubernetesVersion"] == "1.36"
    assert {group["version"] for group in rig.aws.groups.values()} == {"1.36"}
    assert {addon["addonVersion"] for addon in rig.aws.addons.values()} == {addon_default("1.36")}


def test_every_step_is_told_in_an_event_and_ready_is_never_true_in_between(rig: Rig) -> None:
    spec = begun(rig)
    upgraded(rig, spec, "1.35")
    rig.api.events.clear()
    seen: list[str] = []
    while not seen or seen[-1] != "True":
        rig.round()
        seen.append(rig.condition("Ready")["status"])
        rig.aws.advance()
        assert len(seen) < 40
    told = "\n".join(str(event) for event in rig.api.events)
    steps = ("1.33 to 1.34, then 1.35", "1.34 to 1.35")
    places = [told.index(f"upgrade control plane tiny from Kubernetes {step}") for step in steps]
    places += [told.index("upgrade node group cpu-"), told.index("update add-on coredns")]
    assert places[0] < places[2] < places[3] < places[1]
    assert rig.status["kubernetesVersion"] == "1.35"


def test_it_survives_the_operator_being_killed_between_any_two_rounds(rig: Rig) -> None:
    spec = begun(rig)
    upgraded(rig, spec, "1.35")
    rig.round()
    while rig.status["phase"] != "Ready":
        rig.restart()
        rig.round()
        rig.aws.advance()
        assert len(rig.aws.calls) < 2000
    assert moves(rig) == one_step() * 2


def test_insights_are_asked_once_a_step_and_errors_hold_it_until_they_are_gone(rig: Rig) -> None:
    spec = begun(rig)
    rig.aws.insights = [
        {
            "name": "Deprecated APIs",
            "kubernetesVersion": "1.34",
            "insightStatus": {"status": "ERROR", "reason": "canary of an API"},
        }
    ]
    upgraded(rig, spec, "1.34")
    rig.round()
    assert rig.condition("ControlPlaneReady")["reason"] == "UpgradeNotReady"
    assert "canary of an API" in rig.condition("Stalled")["message"]
    assert moves(rig) == []
    rig.aws.insights = []
    rig.until_steady()
    assert rig.aws.calls.count("list_insights") == 2
    assert moves(rig) == one_step()


def test_a_failed_node_group_is_told_and_tried_again_after_an_hour(rig: Rig) -> None:
    spec = begun(rig)
    upgraded(rig, spec, "1.34")
    stuck = next(name for name in rig.aws.groups if name.startswith("cpu-"))
    rig.aws.failed[stuck] = "PodEvictionFailure: Reached max retries while trying to evict pods"
    for _ in range(3):
        rig.round()
        rig.aws.advance()
    rig.round()
    found = rig.condition("NodePoolsReady")
    assert found["reason"] == "UpgradeFailed"
    assert "PodEvictionFailure: Reached max retries" in found["message"]
    assert moves(rig) == one_step(addons=0)
    rig.minutes += 50
    rig.until_steady()
    assert moves(rig) == [*one_step(addons=0), *one_step()[2:]]


def test_aws_patching_the_control_plane_by_itself_is_waited_for_without_a_warning(rig: Rig) -> None:
    spec = begun(rig)
    upgraded(rig, spec, "1.34")
    rig.aws.failing["update_cluster_version"] = refusal(
        "ResourceInUseException",
        "Cannot VersionUpdate because cluster tiny currently has an update in progress",
        "UpdateClusterVersion",
        409,
    )
    rig.api.events.clear()
    rig.round()
    assert rig.condition("ControlPlaneReady")["reason"] == "WaitingForAws"
    assert rig.condition("Stalled")["status"] == "False"
    assert "Warning" not in str(rig.api.events)
    del rig.aws.failing["update_cluster_version"]
    rig.until_steady()
    assert rig.status["kubernetesVersion"] == "1.34"


def test_a_steady_round_asks_nothing_of_versions(rig: Rig) -> None:
    begun(rig)
    for _ in range(3):
        rig.round()
    asked = {"list_updates", "describe_update", "list_insights", "describe_cluster_versions"}
    assert not asked & set(rig.aws.calls)
