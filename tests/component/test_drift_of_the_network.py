"""Round by round: what somebody changed in the network inside the stack is found and put back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import FakeAws

from sigopt_operator.plan.moment import DRIFT_WITHIN

DEEPER = 3 * DRIFT_WITHIN + timedelta(minutes=2)
PRIVATE, PUBLIC = "PrivateRouteTable-id", "PublicRouteTable-id"


def way_out(aws: FakeAws) -> Any:
    return aws.ground.way_out(PRIVATE)


def no_route(aws: FakeAws) -> None:
    aws.ground.tables[PRIVATE]["Routes"].remove(way_out(aws))


def another_route(aws: FakeAws) -> None:
    del way_out(aws)["NatGatewayId"]
    way_out(aws)["GatewayId"] = "InternetGateway-id"


def no_table(aws: FakeAws) -> None:
    aws.ground.dissociate("PublicSubnet1-id")


def another_table(aws: FakeAws) -> None:
    aws.ground.dissociate("PrivateSubnet2-id")
    aws.ground.associate("PrivateSubnet2-id", PUBLIC)


def no_tag(aws: FakeAws) -> None:
    subnet = aws.ground.subnets["PublicSubnet0-id"]
    subnet["Tags"] = [t for t in subnet["Tags"] if not t["Key"].startswith("kubernetes.io")]


def no_address(aws: FakeAws) -> None:
    aws.ground.subnets["PublicSubnet0-id"]["MapPublicIpOnLaunch"] = False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(no_route, "found none, wanted NatGateway-id", id="route"),
        pytest.param(another_route, "found InternetGateway-id, wanted NatGateway", id="its target"),
        pytest.param(no_table, f"found none of its own, wanted {PUBLIC}", id="association"),
        pytest.param(another_table, f"found {PUBLIC}, wanted {PRIVATE}", id="its table"),
        pytest.param(no_tag, "tag kubernetes.io/role/elb of the public subnet", id="tag"),
        pytest.param(no_address, "found off, wanted on", id="public addresses"),
    ],
)
def test_it_is_put_back_by_the_deeper_look_and_told(
    rig: Rig, change: Callable[[FakeAws], None], words: str
) -> None:
    rig.settle()
    before = state(rig)
    changed_at = rig.minutes
    change(rig.aws)
    while not rig.told("DriftRepaired"):
        assert timedelta(minutes=rig.minutes - changed_at) <= DEEPER
        rig.next_round()
    assert [message for message in rig.told("DriftRepaired") if words in message]
    for _ in range(20):
        rig.next_round()
    assert len(rig.told("DriftRepaired")) == 1
    assert state(rig) == before
    assert rig.status["phase"] == "Ready"


def state(rig: Rig) -> Any:
    """Everything that the network is, in no order."""
    ground = copy.deepcopy(rig.aws.ground)
    for thing in (*ground.tables.values(), *ground.subnets.values()):
        thing["Tags"] = {tag["Key"]: tag["Value"] for tag in thing["Tags"]}
    routes = {
        id_: sorted(
            (r["DestinationCidrBlock"], r.get("GatewayId") or r.get("NatGatewayId"))
            for r in table["Routes"]
        )
        for id_, table in ground.tables.items()
    }
    held = {id_: sorted(map(str, t["Associations"])) for id_, t in ground.tables.items()}
    return routes, held, ground.subnets


def test_what_somebody_added_stays(rig: Rig) -> None:
    rig.settle()
    ground = rig.aws.ground
    peering = {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "InternetGateway-id"}
    ground.tables[PRIVATE]["Routes"].append(peering)
    ground.tables["rtb-theirs"] = {**ground.tables[PUBLIC], "Tags": [], "Associations": []}
    ground.tables["rtb-theirs"]["RouteTableId"] = "rtb-theirs"
    theirs = {**ground.subnets["PublicSubnet0-id"], "SubnetId": "subnet-theirs", "Tags": []}
    ground.subnets["subnet-theirs"] = theirs
    ground.associate("subnet-theirs", "rtb-theirs")
    changes = list(rig.aws.changes)
    for _ in range(30):
        rig.next_round()
    assert rig.aws.changes == changes
    assert rig.status["phase"] == "Ready"


def test_a_nat_gateway_that_is_gone_blocks_with_the_way_out_until_a_person_made_another(
    rig: Rig,
) -> None:
    rig.settle()
    rig.aws.ground.gateways.discard("NatGateway-id")
    while rig.status["phase"] == "Ready":
        rig.next_round()
    found = rig.condition("NetworkReady")
    assert found["reason"] == "NetworkIncomplete"
    assert "aws ec2 create-nat-gateway" in found["message"]
    assert rig.condition("NodePoolsReady")["status"] == "True"
    changes = list(rig.aws.changes)
    for _ in range(20):
        rig.next_round()
        assert rig.condition("NetworkReady")["reason"] == "NetworkIncomplete"
    rig.restart()
    for _ in range(5):
        rig.next_round()
        assert rig.condition("NetworkReady")["reason"] == "NetworkIncomplete"
    assert rig.aws.changes == changes
    rig.aws.ground.gateways.add("NatGateway-theirs")
    way_out(rig.aws)["NatGatewayId"] = "NatGateway-theirs"
    mended_at = rig.minutes
    while rig.status["phase"] != "Ready":
        assert timedelta(minutes=rig.minutes - mended_at) <= DRIFT_WITHIN
        rig.next_round()
    assert rig.aws.changes == changes


def test_zones_that_an_edit_adds_are_not_taken_for_lost(rig: Rig) -> None:
    """What was read of the network before the stack's update says nothing of what came with it."""
    rig.settle()
    rig.aws.quotas["L-417A185B"] = 1000
    gpu = {"instanceType": "p5.48xlarge", "minNodes": 0, "maxNodes": 1}
    subnets = set(rig.aws.ground.subnets)
    rig.api.apply(KEY, {**SPEC, "gpu": gpu})
    rig.until_steady()
    assert set(rig.aws.ground.subnets) > subnets
    for _ in range(20):
        rig.next_round()
        assert rig.status["phase"] == "Ready"
