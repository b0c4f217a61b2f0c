"""A network with a block of one's own choice, and subnets that exist already."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.aws.template import render
from sigopt_operator.plan.actions import CreateCluster, CreateNodeGroup, CreateStack
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.network.design import NetworkDesign
from sigopt_operator.plan.snapshot import Snapshot, Subnet
from sigopt_operator.plan.wish import Wish

A, B, C = (
    Subnet(f"subnet-{letter}", f"us-west-2{letter}", f"usw2-az{n}", "vpc-9")
    for n, letter in enumerate("abc", 1)
)
ALL = (A, B, C)
GIVEN = replace(w.WANT, subnet_ids=("subnet-a", "subnet-b", "subnet-c"))


def told(plan: Plan, part: str) -> Any:
    return next(planned.step for planned in plan.parts if planned.part.name == part)


def empty(*subnets: Subnet) -> Snapshot:
    return replace(w.EMPTY, subnets=subnets)


def test_with_subnets_that_exist_the_stack_holds_roles_alone() -> None:
    ((_, action),) = decide(GIVEN, empty(*ALL), w.MOMENT).actions
    assert isinstance(action, CreateStack)
    resources = json.loads(render(action.design))["Resources"]
    assert {resource["Type"] for resource in resources.values()} == {"AWS::IAM::Role"}


def test_the_control_plane_and_the_nodes_stand_in_the_given_subnets() -> None:
    seen = replace(empty(*ALL), stack=_roles(GIVEN))
    ((_, action),) = decide(GIVEN, seen, w.MOMENT).actions
    assert isinstance(action, CreateCluster)
    assert action.subnet_ids == GIVEN.subnet_ids
    nodes = replace(
        w.finished(GIVEN), stack=_roles(GIVEN), subnets=ALL, facts=w.FACTS, node_groups=()
    )
    made = [a for _, a in decide(GIVEN, nodes, w.MOMENT).actions if isinstance(a, CreateNodeGroup)]
    assert {action.subnet_ids for action in made} == {GIVEN.subnet_ids}


@pytest.mark.parametrize(
    ("subnets", "reason", "words"),
    [
        pytest.param((A, B), "SubnetNotFound", "subnet-c", id="missing"),
        pytest.param(
            (A, B, replace(C, vpc_id="vpc-8")),
            "SubnetsOfSeveralNetworks",
            "vpc-8, vpc-9",
            id="several networks",
        ),
        pytest.param(
            tuple(replace(s, zone=A.zone) for s in ALL), "TooFewZones", "in 1 zone", id="one zone"
        ),
        pytest.param(
            (A, B, replace(C, zone_id="use1-az3")), "ZoneNotServed", "subnet-c", id="refused zone"
        ),
    ],
)
def test_subnets_that_cannot_serve_are_told_before_anything_is_made(
    subnets: tuple[Subnet, ...], reason: str, words: str
) -> None:
    plan = decide(GIVEN, empty(*subnets), w.MOMENT)
    blocked = told(plan, "Preflight").blocked
    assert blocked.reason == reason
    assert words in blocked.message
    assert plan.actions == ()


def test_a_type_that_no_given_subnet_has_is_told() -> None:
    want = replace(GIVEN, pools=(w.SYSTEM, replace(w.GPU, instance_type="p5.48xlarge")))
    blocked = told(decide(want, empty(*ALL), w.MOMENT), "Preflight").blocked
    assert blocked.reason == "InstanceTypeNotSold"
    assert "us-west-2d" in blocked.message


@pytest.mark.parametrize("cidr", ["192.168.0.0/16", "10.20.0.0/16", "10.20.16.0/20"])
def test_six_zones_fit_into_any_block_that_is_allowed(cidr: str) -> None:
    zones = tuple("abcdef")
    design = NetworkDesign("tiny", zones, "arn:x", cidr=cidr)
    resources = json.loads(render(design))["Resources"].values()
    blocks = [
        IPv4Network(r["Properties"]["CidrBlock"]) for r in resources if r["Type"].endswith("Subnet")
    ]
    assert len(blocks) == 12
    assert all(block.subnet_of(IPv4Network(cidr)) for block in blocks)
    assert not any(a.overlaps(b) for a in blocks for b in blocks if a is not b)


def test_another_block_is_another_design() -> None:
    plain = NetworkDesign("tiny", ("a",), "arn:x")
    assert plain.digest != replace(plain, cidr="10.20.0.0/16").digest


def _roles(want: Wish) -> Any:
    return replace(
        w.stack(want),
        resources={
            name: resource for name, resource in w.stack(want).resources.items() if "Role" in name
        },
    )
