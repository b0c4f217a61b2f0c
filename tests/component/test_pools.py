"""Pools round by round: replacement with a restart at every round, and what keeps failing."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.refusals import refusal
from tests.fakes.world import NOW

from sigopt_operator.act import node_groups
from sigopt_operator.plan.snapshot import KeptPod

LARGER = {**SPEC, "cpu": {**SPEC["cpu"], "nodeVolumeSize": 80}}
LARGEST = {**SPEC, "cpu": {**SPEC["cpu"], "nodeVolumeSize": 90}}


def of_cpu(rig: Rig) -> dict[str, str]:
    """The node groups of the pool and their states."""
    return {name: group["status"] for name, group in rig.aws.groups.items() if "cpu" in name}


def ready(rig: Rig) -> str:
    """A cluster that is Ready; the name of its node group for `cpu`."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (name,) = of_cpu(rig)
    return name


@pytest.mark.parametrize("after", range(6))
def test_an_edit_at_any_moment_of_a_replacement_ends_with_one_node_group(
    rig: Rig, after: int
) -> None:
    first = ready(rig)
    rig.api.apply(KEY, LARGER)
    _rounds(rig, after)
    rig.api.apply(KEY, LARGEST)
    rig.until_steady()
    (last,) = of_cpu(rig)
    assert last != first


@pytest.mark.parametrize("after", range(6))
def test_a_revert_at_any_moment_of_a_replacement_ends_with_the_former_node_group(
    rig: Rig, after: int
) -> None:
    first = ready(rig)
    rig.api.apply(KEY, LARGER)
    _rounds(rig, after)
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    assert of_cpu(rig) == {first: "ACTIVE"}


@pytest.mark.parametrize("by_hand", [False, True], ids=["it stands", "somebody deletes it"])
def test_a_launch_template_that_the_next_version_of_the_operator_makes_otherwise_is_no_obstacle(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    rig.aws.failing["create_nodegroup"] = refusal("InvalidRequestException", "no valid tag key")
    rig.api.apply(KEY, SPEC)
    while not rig.aws.templates:
        rig.round()
        rig.aws.advance()
    monkeypatch.setattr(node_groups, "ROOT_DEVICE", "/dev/another")
    if by_hand:
        rig.aws.templates.clear()
    del rig.aws.failing["create_nodegroup"]
    rig.until_steady()
    devices = [d["BlockDeviceMappings"][0]["DeviceName"] for d in rig.aws.template_data.values()]
    assert set(devices) == {"/dev/another" if by_hand else "/dev/xvda"}


def test_what_an_account_says_of_instance_metadata_by_default_decides_nothing(rig: Rig) -> None:
    """An account that offers tags there takes no tag with a slash in its key, as EKS's have."""
    ready(rig)
    assert [data["MetadataOptions"] for data in rig.aws.template_data.values()] == 2 * [
        {
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 2,
            "InstanceMetadataTags": "disabled",
        }
    ]


def _rounds(rig: Rig, count: int) -> None:
    """So many rounds, each of an operator that was just started."""
    for _ in range(count):
        rig.restart()
        rig.round()
        rig.aws.advance()


def test_what_keeps_failing_is_tried_three_times_and_then_once_an_hour(rig: Rig) -> None:
    old = ready(rig)
    rig.api.apply(KEY, LARGER)
    tries = [_fails(rig) for _ in range(36)]
    begun = [number for number, asked in enumerate(tries) if asked]
    assert len(begun[:3]) == 3
    assert begun[2] <= 8
    apart = [later - sooner for sooner, later in pairwise(begun[2:])]
    assert apart
    assert all(rounds >= 6 for rounds in apart)
    assert of_cpu(rig)[old] == "ACTIVE"
    told = rig.condition("NodePoolsReady")["message"]
    assert "canary of no capacity" in told
    rig.restart()
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    assert of_cpu(rig) == {old: "ACTIVE"}


@pytest.mark.parametrize("restarts", [True, False], ids=["restarted at every round", "running"])
@pytest.mark.parametrize("stood", [True, False], ids=["a cluster that stood", "a creation"])
def test_where_all_node_groups_fail_and_are_gone_their_attempts_are_still_counted(
    rig: Rig, stood: bool, restarts: bool
) -> None:
    if stood:
        ready(rig)
        rig.aws.groups.clear()
    rig.api.apply(KEY, SPEC)
    tries = [_fails(rig, restarts=restarts) for _ in range(48)]
    begun = [number for number, asked in enumerate(tries) if asked]
    assert len(begun) > 4
    apart = [later - sooner for sooner, later in pairwise(begun[2:])]
    assert all(rounds >= 6 for rounds in apart), begun
    assert rig.condition("NodePoolsReady")["reason"] == "NodeGroupFailed"


def _fails(rig: Rig, *, restarts: bool = True) -> bool:
    """A round, ten minutes long, in which EKS makes no node group; whether it was asked to."""
    before = rig.aws.calls.count("create_nodegroup")
    if restarts:
        rig.restart()
    rig.round()
    for group in rig.aws.groups.values():
        if group["status"] == "CREATING":
            issue = {"code": "AsgInstanceLaunchFailures", "message": "canary of no capacity"}
            group |= {"status": "CREATE_FAILED", "health": {"issues": [issue]}}
            group["createdAt"] = NOW + timedelta(minutes=rig.minutes)
    rig.aws.advance()
    return rig.aws.calls.count("create_nodegroup") > before


def test_a_drain_that_does_not_end_is_told_while_it_lasts(rig: Rig) -> None:
    old = ready(rig)
    rig.kept = (KeptPod(old, "ml", "train-0", "keep"),)
    rig.api.apply(KEY, LARGER)
    told: list[Any] = []
    for _ in range(6):
        rig.round()
        if "DELETING" not in of_cpu(rig).values():
            rig.aws.advance()
        told.append((rig.status["progress"].get("waitingFor") or {}).get("what", ""))
    assert "pod ml/train-0 stays because of PodDisruptionBudget ml/keep" in told[-1]
    rig.until_steady()
    assert old not in of_cpu(rig)


def test_labels_taints_and_tags_reach_what_stands_in_place(rig: Rig) -> None:
    name = ready(rig)
    taint = {"key": "team", "value": "vision", "effect": "NoSchedule"}
    cpu = {**SPEC["cpu"], "labels": {"team": "vision"}, "taints": [taint]}
    rig.api.apply(KEY, {**SPEC, "cpu": cpu, "tags": {"owner": "ann"}})
    rig.until_steady()
    assert of_cpu(rig) == {name: "ACTIVE"}
    group = rig.aws.groups[name]
    assert group["labels"]["team"] == "vision"
    assert group["taints"] == [{**taint, "effect": "NO_SCHEDULE"}]
    assert group["tags"]["owner"] == "ann"
    behind = rig.aws.group_tags[f"eks-{name}"]
    assert behind["owner"] == "ann"
    assert behind["k8s.io/cluster-autoscaler/node-template/taint/team"] == "vision:NoSchedule"
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    assert "team" not in rig.aws.groups[name]["labels"]
    assert rig.aws.groups[name]["taints"] == []
    assert "owner" not in rig.aws.groups[name]["tags"]
    assert "owner" not in rig.aws.group_tags[f"eks-{name}"]


def test_a_cpu_pool_with_a_gpu_type_is_made_and_the_warning_is_told_once(rig: Rig) -> None:
    name = ready(rig)
    rig.api.events.clear()
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "instanceType": "g5.xlarge"}})
    rig.until_steady()
    assert name not in rig.aws.groups
    warnings = [e for e in rig.api.events if e.event_type == "Warning"]
    assert [event.reason for event in warnings] == ["IdleGpu"]
    assert "spec.cpu.instanceType g5.xlarge has an NVIDIA GPU" in warnings[0].message


def test_the_autoscalers_desired_size_is_left_alone_for_an_hour_of_rounds(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}})
    rig.until_steady()
    (name,) = of_cpu(rig)
    rig.aws.groups[name]["scalingConfig"]["desiredSize"] = 5
    rig.aws.calls.clear()
    began = rig.minutes
    while rig.minutes < began + 60:
        rig.minutes += 1
        rig.reconciler(KEY)
    assert rig.aws.changes == []
    pools = {pool["name"]: pool for pool in rig.status["pools"]}
    assert pools["cpu"]["desiredNodes"] == 5


def test_a_group_that_eks_replaced_gets_its_tags_again(rig: Rig) -> None:
    name = ready(rig)
    replaced = f"eks-{name}-replaced"
    rig.aws.groups[name]["resources"]["autoScalingGroups"] = [{"name": replaced}]
    for _ in range(10):
        rig.round()
    tags = rig.aws.group_tags[replaced]
    label = "k8s.io/cluster-autoscaler/node-template/label/orchestrate.sigopt.com/node-group-type"
    assert tags[label] == "cpu"
