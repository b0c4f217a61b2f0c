"""Round by round: somebody deleted the stack of a cluster that lives."""

from __future__ import annotations

from tests.component.rounds import KEY, SPEC, Rig

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
