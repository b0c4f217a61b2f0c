"""The stack: zones, design, failures and their mending."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import UpdateStack
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.part import design_of
from sigopt_operator.plan.network.zones import choose_zones
from sigopt_operator.plan.ownership import TAG_ATTEMPT, TAG_DESIGN
from sigopt_operator.plan.snapshot import Stack, StackResource, Zone
from sigopt_operator.plan.steps import Step


@pytest.mark.parametrize(
    ("have", "types", "expected"),
    [
        pytest.param((), ("t3.large",), "abc", id="three zones where there are more"),
        pytest.param((), ("p5.48xlarge",), "abcd", id="one more for a type sold nowhere else"),
        pytest.param(("us-west-2d",), ("t3.large",), "d", id="zones once given keep their place"),
        pytest.param(
            ("us-west-2c", "us-west-2a"), ("p5.48xlarge",), "cad", id="new ones are appended"
        ),
        pytest.param((), ("x9.nowhere",), "abc", id="a type sold nowhere adds none"),
        pytest.param(
            (),
            ("t3.large", "p5.48xlarge"),
            "abcd",
            id="one more where all types of a pool are sold",
        ),
        pytest.param(
            (), ("g5.xlarge", "p5.48xlarge"), "abc", id="types that share no zone add none"
        ),
    ],
)
def test_zones(have: tuple[str, ...], types: tuple[str, ...], expected: str) -> None:
    chosen = choose_zones(have, (types,), w.FACTS)
    assert "".join(zone[-1] for zone in chosen) == expected


def test_pools_that_share_no_zone_get_one_each() -> None:
    chosen = choose_zones(("us-west-2a",), (("p5.48xlarge",), ("g5.xlarge",)), w.FACTS)
    assert chosen == ("us-west-2a", "us-west-2d")


def test_zones_that_eks_refuses_are_avoided() -> None:
    zones = (Zone("us-east-1a", "use1-az3"), Zone("us-east-1b", "use1-az1"))
    facts = replace(w.FACTS, zones=zones)
    assert choose_zones((), (), facts) == ("us-east-1b",)


MORE = ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",)


def test_the_design_changes_with_the_nodes_policies_and_not_with_who_may_share() -> None:
    before = design_of(w.WANT, w.EMPTY).digest
    assert design_of(replace(w.WANT, generation=7, version="1.36"), w.EMPTY).digest == before
    shared = replace(w.WANT, principals=("arn:aws:iam::111122223333:user/ann",))
    assert design_of(shared, w.EMPTY) == design_of(w.WANT, w.EMPTY)
    assert design_of(replace(w.WANT, additional_policies=MORE), w.EMPTY).digest != before


def test_whoever_manages_it_now_the_stack_stays_as_it_is() -> None:
    now = replace(w.EMPTY, identity=replace(w.WHO, principal_arn="arn:aws:iam::1:user/another"))
    assert design_of(w.WANT, now).maker == "arn:aws:iam::1:user/another"
    assert design_of(w.WANT, now).digest == design_of(w.WANT, w.EMPTY).digest


def network(plan: Plan) -> Step:
    return next(p.step for p in plan.parts if p.part.name == "Network")


def test_another_design_updates_the_stack_in_place_while_the_rest_goes_on() -> None:
    want = replace(w.WANT, additional_policies=MORE)
    plan = decide(want, w.finished(), w.MOMENT)
    ((_, action),) = plan.actions
    assert isinstance(action, UpdateStack)
    assert action.tags[TAG_DESIGN] == action.design.digest
    assert action.tags[TAG_ATTEMPT] == "2"
    assert all(p.started for p in plan.parts)


FAILED = replace(
    w.stack(status="CREATE_FAILED"),
    resources={
        "NatGateway": StackResource("NatGateway", "", "CREATE_FAILED", "quota of 5 reached"),
        "Vpc": StackResource("Vpc", "", "CREATE_FAILED", "Resource creation cancelled"),
    },
)


def test_a_failed_stack_says_why_in_cloudformations_words_and_waits_before_it_is_mended() -> None:
    seen = replace(w.EMPTY, stack=FAILED)
    step = network(decide(w.WANT, seen, w.MOMENT))
    assert step.blocked
    assert "NatGateway: quota of 5 reached" in step.blocked.message
    assert "cancelled" not in step.blocked.message
    assert step.actions == ()


@pytest.mark.parametrize(
    ("status", "mended"),
    [
        ("CREATE_FAILED", "update CloudFormation stack tiny-sigopt"),
        ("UPDATE_FAILED", "update CloudFormation stack tiny-sigopt"),
        ("ROLLBACK_COMPLETE", "delete CloudFormation stack tiny-sigopt"),
        ("ROLLBACK_FAILED", "delete CloudFormation stack tiny-sigopt"),
        ("DELETE_FAILED", "delete CloudFormation stack tiny-sigopt"),
    ],
)
def test_a_failed_stack_is_mended_in_place_or_made_again(status: str, mended: str) -> None:
    stack = replace(FAILED, status=status, since=w.ago(minutes=5))
    step = network(decide(w.WANT, replace(w.EMPTY, stack=stack), w.MOMENT))
    assert [str(action) for action in step.actions] == [mended]
    assert step.blocked


def test_waiting_is_measured_in_awss_time() -> None:
    stack = replace(FAILED, since=w.ago(seconds=5))
    step = network(decide(w.WANT, replace(w.EMPTY, stack=stack), Moment(w.NOW, speed=60)))
    assert step.actions


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_no_control_plane_is_begun_in_a_network_that_is_being_taken_away(status: str) -> None:
    plan = decide(w.WANT, replace(w.EMPTY, stack=w.stack(status=status)), w.MOMENT)
    assert plan.actions == ()
    assert network(plan).waiting


def all_of_it(status: str, stack_status: str | None = None) -> Stack:
    """A stack everything in which has this status."""
    stack = w.stack(status=stack_status or status)
    resources = {name: replace(r, status=status) for name, r in stack.resources.items()}
    return replace(stack, since=w.ago(minutes=5), resources=resources)


GOING = [
    all_of_it("DELETE_IN_PROGRESS"),
    all_of_it("DELETE_COMPLETE", "DELETE_IN_PROGRESS"),
    all_of_it("DELETE_FAILED"),
    all_of_it("CREATE_COMPLETE", "DELETE_FAILED"),
]


@pytest.mark.parametrize("stack", GOING)
def test_what_stands_in_a_network_that_is_being_taken_away_is_looked_after_as_before(
    stack: Stack,
) -> None:
    plan = decide(w.WANT, replace(w.finished(), stack=stack), w.MOMENT)
    assert all(p.started for p in plan.parts)
    assert plan.actions == ()


@pytest.mark.parametrize("stack", GOING)
def test_no_node_group_is_begun_there(stack: Stack) -> None:
    bare = replace(w.finished(), stack=stack, node_groups=())
    assert decide(w.WANT, bare, w.MOMENT).actions == ()


def test_a_failed_control_plane_is_not_made_again_there() -> None:
    failed = replace(w.cluster(status="FAILED"), created_at=w.ago(minutes=20))
    seen = replace(w.EMPTY, stack=all_of_it("DELETE_FAILED"), cluster=failed)
    assert [str(a) for _, a in decide(w.WANT, seen, w.MOMENT).actions] == [
        "delete EKS cluster tiny"
    ]
    gone = decide(w.WANT, replace(seen, cluster=None), w.MOMENT)
    assert [str(a) for _, a in gone.actions] == ["delete CloudFormation stack tiny-sigopt"]


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_FAILED"])
def test_what_an_update_changes_stands_meanwhile(status: str) -> None:
    wider = replace(w.WANT, pools=(w.SYSTEM, replace(w.CPU, max_nodes=9)))
    plan = decide(wider, replace(w.finished(), stack=all_of_it(status)), w.MOMENT)
    assert all(p.started for p in plan.parts)
    assert "NodePools" in [part.name for part, _ in plan.actions]


def test_what_an_update_adds_does_not_stand_before_it_is_made() -> None:
    making = StackResource("PrivateSubnet0", "", "UPDATE_FAILED")
    stack = all_of_it("UPDATE_FAILED")
    added = replace(stack, resources={**stack.resources, "PrivateSubnet0": making})
    step = network(decide(w.WANT, replace(w.finished(), stack=added), w.MOMENT))
    assert "subnets" not in step.offers
