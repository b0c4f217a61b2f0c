"""Round by round: somebody deleted the stack of a cluster that lives."""

from __future__ import annotations

import json

import pytest
from tests.component.rounds import KEY, SPEC, Rig

MORE = {**SPEC, "aws": {"additionalPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}}
TOLD = ("endpoint", "clusterArn", "connectCommand")
WIDER = {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}}


def bereft(rig: Rig) -> None:
    """A cluster that is Ready, and a stack that is gone while its network was kept."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.stacks.clear()
    rig.aws.calls.clear()
    rig.round()


def test_nothing_is_made_beside_what_is_left_and_the_ways_out_are_told(rig: Rig) -> None:
    bereft(rig)
    for _ in range(5):
        rig.round()
        rig.aws.advance()
    found = rig.condition("NetworkReady")
    assert (found["reason"], rig.status["phase"]) == ("StackGone", "Blocked")
    assert "spec.network.subnetIds: [PrivateSubnet0-id" in found["message"]
    assert rig.aws.changes == []


def test_what_is_left_is_looked_after(rig: Rig) -> None:
    bereft(rig)
    rig.api.apply(KEY, WIDER)
    for _ in range(3):
        rig.round()
        rig.aws.advance()
    assert rig.aws.changes == ["update_nodegroup_config"]
    for part in ("ControlPlaneReady", "NodePoolsReady", "AccessReady", "Connected"):
        assert rig.condition(part)["status"] == "True", part


def test_a_deletion_goes_through(rig: Rig) -> None:
    bereft(rig)
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_the_cluster_can_be_kept_with_its_subnets(rig: Rig) -> None:
    bereft(rig)
    subnets = {f"subnet-0123456789abcdef{i}": f"PrivateSubnet{i}-id" for i in range(3)}
    there = rig.aws.ground.subnets
    there |= {new: {**there[old], "SubnetId": new} for new, old in subnets.items()}
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    rig.round()
    rig.api.delete(KEY)
    rig.until_released()
    rig.api.release(KEY)
    made_at = rig.aws.clusters["tiny"]["createdAt"]
    kept = {"adopt": True, "deletionPolicy": "Delete", "network": {"subnetIds": list(subnets)}}
    rig.api.apply(KEY, {**SPEC, **kept})
    rig.until_steady()
    assert rig.aws.clusters["tiny"]["createdAt"] == made_at
    assert "AWS::EC2::VPC" not in rig.aws.stacks["tiny-sigopt"]["body"]


@pytest.mark.parametrize(
    "status",
    ["DELETE_IN_PROGRESS", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"],
)
def test_a_stack_that_somebody_deletes_under_a_cluster_is_not_deleted_again(
    rig: Rig, status: str
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = status
    if not status.startswith("DELETE"):
        stack["early"] = set(json.loads(stack["body"])["Resources"])
    told = {key: rig.status[key] for key in TOLD}
    rig.api.apply(KEY, WIDER)
    rig.aws.calls.clear()
    for _ in range(4):
        rig.next_round()
    assert rig.aws.changes == ["update_nodegroup_config"]
    assert {key: rig.status.get(key) for key in TOLD} == told
    for part in ("ControlPlaneReady", "AccessReady", "Connected"):
        assert rig.condition(part)["status"] == "True", part


def test_what_somebody_imported_into_the_stack_is_no_failure(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = "IMPORT_COMPLETE"
    rig.restart()
    rig.api.apply(KEY, WIDER)
    rig.until_steady()
    assert rig.condition("Ready")["status"] == "True"


def test_an_update_whose_rollback_failed_is_told_with_the_way_on(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = "UPDATE_ROLLBACK_FAILED"
    rig.restart()
    for _ in range(8):
        rig.next_round()
    assert "aws cloudformation continue-update-rollback" in rig.condition("NetworkReady")["message"]


def with_given_subnets(rig: Rig) -> dict[str, object]:
    """A cluster that is Ready in somebody's subnets; its spec."""
    subnets = {f"subnet-0123456789abcdef{i}": f"us-west-2{zone}" for i, zone in enumerate("abc")}
    for number, (subnet, zone) in enumerate(subnets.items()):
        rig.aws.ground.subnets[subnet] = {
            "SubnetId": subnet,
            "VpcId": "vpc-theirs",
            "AvailabilityZone": zone,
            "CidrBlock": f"10.9.{number}.0/24",
            "MapPublicIpOnLaunch": False,
            "Tags": [],
        }
    spec = {**SPEC, "network": {"subnetIds": list(subnets)}}
    rig.api.apply(KEY, spec)
    rig.until_steady()
    return spec


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "DELETE_FAILED"])
def test_where_the_roles_are_taken_away_no_node_group_is_begun(rig: Rig, status: str) -> None:
    spec = with_given_subnets(rig)
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = status
    rig.restart()
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**spec, "gpu": {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 1}})
    for _ in range(4):
        rig.round()
    assert rig.aws.changes == []
    assert "whose stack is being deleted" in rig.condition("NodePoolsReady")["message"]


def test_a_cluster_is_seen_while_its_roles_are_made_again(rig: Rig) -> None:
    with_given_subnets(rig)
    told = {key: rig.status[key] for key in TOLD}
    rig.aws.stacks.clear()
    rig.restart()
    rig.aws.calls.clear()
    for _ in range(3):
        rig.round()
    assert "create_stack" in rig.aws.changes
    assert {key: rig.status.get(key) for key in TOLD} == told


def test_a_deletion_that_failed_under_a_cluster_is_told(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = "DELETE_FAILED"
    for _ in range(8):
        rig.round()
    found = rig.condition("NetworkReady")
    assert found["reason"] == "StackFailed"
    assert "What is left of it is not touched" in found["message"]


def test_a_cluster_is_seen_while_its_stack_is_updated(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    endpoint = rig.status["endpoint"]
    rig.api.apply(KEY, MORE)
    for _ in range(3):
        rig.round()
    assert rig.aws.changes[-1] == "update_stack"
    assert rig.condition("NetworkReady")["status"] == "False"
    assert rig.status["endpoint"] == endpoint
    for part in ("ControlPlaneReady", "NodePoolsReady", "AccessReady", "Connected"):
        assert rig.condition(part)["status"] == "True", part
