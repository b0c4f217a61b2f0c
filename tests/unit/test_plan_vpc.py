"""The network inside the stack: what somebody changed is put back, what is gone is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import Action, GiveRoutes, LeadOut, MendSubnet
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.network.subnets import subnets_by_zone
from sigopt_operator.plan.snapshot import RouteTable, Snapshot, Stack, StackResource, Subnet, Vpc
from sigopt_operator.plan.steps import Step

IDS = {
    "Vpc": "vpc-1",
    "PublicRouteTable": "rtb-public",
    "PrivateRouteTable": "rtb-private",
    "InternetGateway": "igw-1",
    "NatGateway": "nat-1",
}
ELB, INTERNAL = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"
ZONES = ("us-west-2a", "us-west-2b", "us-west-2c")
PUBLIC = tuple(f"subnet-public-{i}" for i in range(3))
PRIVATE = tuple(f"subnet-private-{i}" for i in range(3))
MAIN = RouteTable("rtb-main", main=True)
THEIRS = RouteTable("rtb-theirs", way_out="tgw-1", associations={"subnet-theirs": "a-9"})
OTHERS = (MAIN, THEIRS)


def stack() -> Stack:
    ids = {**IDS}
    ids |= {f"PublicSubnet{i}": id_ for i, id_ in enumerate(PUBLIC)}
    ids |= {f"PrivateSubnet{i}": id_ for i, id_ in enumerate(PRIVATE)}
    made = {name: StackResource(name, id_, "CREATE_COMPLETE") for name, id_ in ids.items()}
    usual = w.stack()
    return replace(usual, resources={**usual.resources, **made})


def subnet(id_: str, zone: str, *, public: bool) -> Subnet:
    tags = {**w.WANT.tags, (ELB if public else INTERNAL): "1"}
    return Subnet(id_, zone, "usw2-az1", "vpc-1", public_addresses=public, tags=tags)


def as_made() -> Vpc:
    """Just as the stack made it, with somebody's table and subnet beside."""
    return Vpc(
        "vpc-1",
        tables=(
            RouteTable(
                "rtb-public",
                w.WANT.tags,
                "igw-1",
                associations={id_: f"a-{id_}" for id_ in PUBLIC},
            ),
            RouteTable(
                "rtb-private",
                w.WANT.tags,
                "nat-1",
                associations={id_: f"a-{id_}" for id_ in PRIVATE},
            ),
            *OTHERS,
        ),
        subnets=(
            *(subnet(id_, zone, public=True) for id_, zone in zip(PUBLIC, ZONES, strict=True)),
            *(subnet(id_, zone, public=False) for id_, zone in zip(PRIVATE, ZONES, strict=True)),
            Subnet("subnet-theirs", "us-west-2a", "usw2-az1", "vpc-1"),
        ),
    )


def table(id_: str, **changed: object) -> Callable[[Vpc], Vpc]:
    def change(vpc: Vpc) -> Vpc:
        tables = (replace(t, **changed) if t.id == id_ else t for t in vpc.tables)  # type: ignore[arg-type] # fields by name
        return replace(vpc, tables=tuple(tables))

    return change


def of_subnet(id_: str, **changed: object) -> Callable[[Vpc], Vpc]:
    def change(vpc: Vpc) -> Vpc:
        subnets = (replace(s, **changed) if s.id == id_ else s for s in vpc.subnets)  # type: ignore[arg-type] # fields by name
        return replace(vpc, subnets=tuple(subnets))

    return change


def without(*ids: str) -> Callable[[Vpc], Vpc]:
    def change(vpc: Vpc) -> Vpc:
        return replace(
            vpc,
            tables=tuple(t for t in vpc.tables if t.id not in ids),
            subnets=tuple(s for s in vpc.subnets if s.id not in ids),
        )

    return change


def gateways(*ids: str) -> Callable[[Vpc], Vpc]:
    return lambda vpc: replace(vpc, gateways=frozenset(ids))


BOTH = gateways("igw-1", "nat-1")


def seen(*changes: Callable[[Vpc], Vpc]) -> Snapshot:
    vpc = as_made()
    for change in changes:
        vpc = change(vpc)
    return replace(w.finished(), stack=stack(), vpc=vpc)


def step(found: Snapshot) -> Step:
    plan = decide(w.WANT, found, w.MOMENT)
    return next(p.step for p in plan.parts if p.part.name == "Network")


def words(action: Action) -> list[str]:
    return [str(difference) for difference in getattr(action, "differences", ())]


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(seen(), id="as made, with what others added"),
        pytest.param(replace(seen(), vpc=None), id="not looked at in this round"),
        pytest.param(
            seen(of_subnet(PUBLIC[0], tags={**w.WANT.tags, ELB: "", "theirs": "x"})),
            id="an empty tag serves as well, and tags of others stay",
        ),
    ],
)
def test_what_is_as_made_is_left_alone(found: Snapshot) -> None:
    assert step(found).ready
    assert step(found).degraded == ""


ROUTE = "default route of the private route table rtb-private: found"


@pytest.mark.parametrize(
    ("changes", "action", "told"),
    [
        pytest.param(
            [table("rtb-private", way_out=""), BOTH],
            LeadOut("rtb-private", "nat-1", nat=True, instead=False),
            f"{ROUTE} none, wanted nat-1",
            id="no way out of the private subnets",
        ),
        pytest.param(
            [table("rtb-private", way_out="igw-1"), BOTH],
            LeadOut("rtb-private", "nat-1", nat=True, instead=True),
            f"{ROUTE} igw-1, wanted nat-1",
            id="another way out",
        ),
        pytest.param(
            [table("rtb-private", way_out="nat-0", blackhole=True), BOTH],
            LeadOut("rtb-private", "nat-1", nat=True, instead=True),
            f"{ROUTE} nat-0, which does not serve, wanted nat-1",
            id="a way out to what is gone",
        ),
        pytest.param(
            [table("rtb-public", way_out=""), BOTH],
            LeadOut("rtb-public", "igw-1", nat=False, instead=False),
            "default route of the public route table rtb-public: found none, wanted igw-1",
            id="no way out of the public subnets",
        ),
        pytest.param(
            [table("rtb-private", associations=dict.fromkeys(PRIVATE[1:], "a"))],
            GiveRoutes(PRIVATE[0], "rtb-private", instead_of=None),
            f"route table of the private subnet {PRIVATE[0]} in us-west-2a: "
            f"found none of its own, wanted rtb-private",
            id="a subnet without its table",
        ),
        pytest.param(
            [
                table("rtb-public", associations=dict.fromkeys(PUBLIC[:2], "a")),
                table("rtb-theirs", associations={PUBLIC[2]: "a-7"}),
            ],
            GiveRoutes(PUBLIC[2], "rtb-public", instead_of="a-7"),
            f"route table of the public subnet {PUBLIC[2]} in us-west-2c: "
            f"found rtb-theirs, wanted rtb-public",
            id="a subnet with another table",
        ),
        pytest.param(
            [of_subnet(PRIVATE[1], tags=w.WANT.tags)],
            MendSubnet(PRIVATE[1], {INTERNAL: "1"}),
            f"tag {INTERNAL} of the private subnet {PRIVATE[1]} in us-west-2b: "
            f"found none, wanted 1",
            id="a tag for load balancers",
        ),
        pytest.param(
            [of_subnet(PUBLIC[1], public_addresses=False)],
            MendSubnet(PUBLIC[1], public_addresses=True),
            f"public addresses for what starts in the public subnet {PUBLIC[1]} in us-west-2b: "
            f"found off, wanted on",
            id="public addresses",
        ),
        pytest.param(
            [of_subnet(PRIVATE[1], public_addresses=True)],
            MendSubnet(PRIVATE[1], public_addresses=False),
            f"public addresses for what starts in the private subnet {PRIVATE[1]} in us-west-2b: "
            f"found on, wanted off",
            id="private addresses",
        ),
    ],
)
def test_what_somebody_changed_is_put_back_and_told(
    changes: list[Callable[[Vpc], Vpc]], action: Action, told: str
) -> None:
    found = step(seen(*changes))
    assert found.actions == (action,)
    assert words(found.actions[0]) == [told]
    assert {"subnets", "nodes"} <= found.offers


def test_several_changes_are_put_back_side_by_side() -> None:
    changes = [
        table("rtb-private", way_out=""),
        BOTH,
        of_subnet(PUBLIC[1], public_addresses=False, tags=w.WANT.tags),
    ]
    kinds = [type(action) for action in step(seen(*changes)).actions]
    assert sorted(kinds, key=str) == sorted([LeadOut, MendSubnet], key=str)


def test_what_lacks_our_tag_is_not_touched_and_told() -> None:
    changes = [
        table("rtb-private", way_out="", tags=w.FOREIGN, associations={}),
        BOTH,
        of_subnet(PUBLIC[1], public_addresses=False, tags=w.FOREIGN),
    ]
    found = step(seen(*changes))
    assert found.actions == ()
    assert found.ready
    assert "aws ec2 create-tags" in found.degraded
    assert "--resources rtb-private subnet-public-1" in found.degraded


LOST_NAT = (table("rtb-private", blackhole=True), gateways("igw-1"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param(
            LOST_NAT,
            [
                "the NAT gateway nat-1 is gone",
                "--subnet-id subnet-public-0",
                "replace-route --region us-west-2 --route-table-id rtb-private",
            ],
            id="the NAT gateway",
        ),
        pytest.param(
            [table("rtb-private", way_out=""), gateways("igw-1")],
            ["the NAT gateway nat-1 is gone", "create-route --region us-west-2"],
            id="the NAT gateway and the route",
        ),
        pytest.param(
            [table("rtb-public", blackhole=True), gateways("nat-1")],
            ["the internet gateway igw-1 is gone", "attach-internet-gateway"],
            id="the internet gateway",
        ),
        pytest.param(
            [without("rtb-private"), BOTH],
            ["the private route table rtb-private is gone", "0.0.0.0/0 to nat-1"],
            id="a route table",
        ),
    ],
)
def test_what_is_gone_altogether_is_not_made_anew_but_told_with_the_way_out(
    changes: list[Callable[[Vpc], Vpc]], told: list[str]
) -> None:
    found = step(seen(*changes))
    assert found.actions == ()
    assert not found.ready
    assert found.blocked is not None
    assert found.blocked.reason == "NetworkIncomplete"
    assert [each for each in told if each not in found.blocked.message] == []
    assert {"subnets", "nodes"} <= found.offers


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([table("rtb-private", way_out="nat-2"), gateways("igw-1", "nat-2")], id="NAT"),
        pytest.param(
            [
                without("rtb-private"),
                table("rtb-theirs", associations=dict.fromkeys(PRIVATE, "a")),
                BOTH,
            ],
            id="another route table",
        ),
        pytest.param(
            [
                *LOST_NAT,
                table("rtb-private", associations={}),
                table("rtb-theirs", associations=dict.fromkeys(PRIVATE, "a")),
            ],
            id="another route table, ours being left a dead end",
        ),
        pytest.param(
            [without("rtb-private"), table("rtb-main", way_out="nat-1"), BOTH], id="the main table"
        ),
    ],
)
def test_another_way_out_that_a_person_made_is_as_good_and_stays(
    changes: list[Callable[[Vpc], Vpc]],
) -> None:
    found = step(seen(*changes))
    assert found.actions == ()
    assert found.ready


def test_a_subnet_that_is_gone_is_told_and_gets_no_new_nodes() -> None:
    found = seen(without(PRIVATE[1]))
    assert step(found).ready
    assert f"of the private subnets {PRIVATE[1]} is gone" in step(found).degraded
    assert subnets_by_zone(w.WANT, found) == {
        "us-west-2a": (PRIVATE[0],),
        "us-west-2c": (PRIVATE[2],),
    }


def test_a_stack_that_is_being_updated_is_not_mended() -> None:
    found = seen(table("rtb-private", way_out=""), BOTH)
    updating = replace(found, stack=replace(stack(), status="UPDATE_IN_PROGRESS"))
    assert step(updating).actions == ()
