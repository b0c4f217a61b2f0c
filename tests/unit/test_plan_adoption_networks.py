"""The network that an earlier resource left is kept where its stack is taken over."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import UpdateStack
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.network.design import VPC
from sigopt_operator.plan.ownership import TAG_RESOURCE, TAG_UID
from sigopt_operator.plan.snapshot import Cluster, Snapshot, StackResource, Subnet
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish

ASKED = replace(w.WANT, adopt=True)
BEFORE = replace(w.WANT, uid="0a1b2c3d-0000-4000-8000-00000000dead")
"""An earlier resource of the same namespace and name."""
THEIRS = replace(w.cluster(), tags=w.FOREIGN, authentication_mode="API", subnet_ids=("s-1", "s-2"))


def preflight(want: Wish, seen: Snapshot) -> Step:
    return next(p.step for p in decide(want, seen, w.MOMENT).parts if p.part.name == "Preflight")


def taken(want: Wish, seen: Snapshot) -> list[str]:
    return [str(action) for _, action in decide(want, seen, w.MOMENT).actions]


def with_stack(want: Wish, cluster: Cluster) -> Snapshot:
    """What an earlier resource with that wish left, with this cluster."""
    return replace(w.finished(BEFORE), facts=w.FACTS, stack=w.stack(want), cluster=cluster)


KEPT = replace(w.cluster(BEFORE), subnet_ids=("s-1", "s-2"))


@pytest.mark.parametrize(
    ("before", "asked", "cluster", "words"),
    [
        pytest.param(
            BEFORE,
            replace(ASKED, subnet_ids=("s-1", "s-2")),
            KEPT,
            ["spec.network.subnetIds", "leave spec.network out"],
            id="subnets are named, and the stack holds them",
        ),
        pytest.param(
            replace(BEFORE, vpc_cidr="10.20.0.0/16"),
            replace(ASKED, vpc_cidr="10.30.0.0/16"),
            KEPT,
            ["spec.network.cidr is 10.30.0.0/16", "10.20.0.0/16"],
            id="another block",
        ),
        pytest.param(
            BEFORE,
            ASKED,
            THEIRS,
            ["does not stand in it", "aws cloudformation delete-stack"],
            id="somebody made a cluster elsewhere, and the stack is there still",
        ),
    ],
)
def test_nothing_is_taken_whose_network_the_stack_would_lose(
    before: Wish, asked: Wish, cluster: Cluster, words: list[str]
) -> None:
    seen = with_stack(before, cluster)
    blocked = preflight(asked, seen).blocked
    assert blocked
    assert blocked.reason == "AdoptionNotPossible"
    assert [word for word in words if word not in blocked.message] == []
    assert taken(asked, seen) == []


ELSEWHERE = tuple(Subnet(f"s-{n}", z.name, z.id, "vpc-9") for n, z in enumerate(w.ZONES[:2], 1))


@pytest.mark.parametrize(
    ("before", "asked", "words"),
    [
        pytest.param(
            BEFORE,
            replace(ASKED, subnet_ids=("PrivateSubnet0-id", "PrivateSubnet1-id")),
            ["spec.network.subnetIds", "leave spec.network out"],
            id="its own subnets are named",
        ),
        pytest.param(
            BEFORE,
            replace(ASKED, subnet_ids=("s-1", "s-2")),
            ["spec.network.subnetIds", "aws cloudformation delete-stack --region us-west-2"],
            id="subnets of another network are named",
        ),
        pytest.param(
            replace(BEFORE, vpc_cidr="10.20.0.0/16"),
            replace(ASKED, vpc_cidr="10.30.0.0/16"),
            ["spec.network.cidr", "10.20.0.0/16", "aws cloudformation delete-stack"],
            id="another block",
        ),
    ],
)
@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_FAILED", "UPDATE_IN_PROGRESS"])
def test_a_network_that_an_earlier_resource_left_without_its_cluster_is_not_taken_away_either(
    before: Wish, asked: Wish, words: list[str], status: str
) -> None:
    left = w.stack(before, status=status)
    seen = replace(w.EMPTY, stack=left, subnets=ELSEWHERE if asked.subnet_ids else None)
    blocked = preflight(asked, seen).blocked
    assert blocked
    assert blocked.reason == "AdoptionNotPossible"
    assert [word for word in words if word not in blocked.message] == []
    assert taken(asked, seen) == []


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        pytest.param(BEFORE, ASKED, id="the spec says nothing of a network"),
        pytest.param(
            replace(BEFORE, vpc_cidr="10.20.0.0/16"),
            replace(ASKED, vpc_cidr="10.20.0.0/16"),
            id="it has that block",
        ),
        pytest.param(
            replace(BEFORE, subnet_ids=("s-1", "s-2")),
            replace(ASKED, subnet_ids=("s-1", "s-2")),
            id="it holds roles alone",
        ),
    ],
)
def test_what_it_left_without_its_cluster_is_taken_where_it_keeps_its_network(
    before: Wish, asked: Wish
) -> None:
    seen = replace(w.EMPTY, stack=w.stack(before), subnets=ELSEWHERE if asked.subnet_ids else None)
    assert taken(asked, seen) == ["update CloudFormation stack tiny-sigopt"]


def test_nobody_is_told_to_delete_the_stack_of_a_cluster_that_merely_lost_its_tags() -> None:
    stack = w.stack(BEFORE)
    vpc = StackResource(VPC, THEIRS.vpc_id, "CREATE_COMPLETE")
    stack = replace(stack, resources={**stack.resources, VPC: vpc})
    seen = replace(w.finished(BEFORE), stack=stack, cluster=THEIRS)
    blocked = preflight(ASKED, seen).blocked
    assert blocked
    assert blocked.reason == "AdoptionNotPossible"
    assert "delete-stack" not in blocked.message
    put = ",".join(f"{key}={stack.tags[key]}" for key in (TAG_UID, TAG_RESOURCE))
    assert f"aws eks tag-resource --region us-west-2 --resource-arn {THEIRS.arn} --tags {put}" in (
        blocked.message
    )
    mended = replace(THEIRS, tags={**w.FOREIGN, **BEFORE.tags})
    assert "take over EKS cluster tiny" in taken(ASKED, replace(seen, cluster=mended))


@pytest.mark.parametrize("cluster", [None, w.cluster(ASKED)])
def test_what_became_of_a_stack_under_a_living_cluster_is_no_reason_to_delete_it(
    cluster: Cluster | None,
) -> None:
    stack = w.stack(BEFORE, status="DELETE_FAILED")
    plan = decide(ASKED, replace(w.EMPTY, stack=stack, cluster=cluster), w.MOMENT)
    (told,) = [p.step.blocked for p in plan.parts if p.part.name == "Network" and p.step.blocked]
    assert ("delete it" in told.message) is (cluster is None)
    assert plan.actions == ()


def update_of(want: Wish, seen: Snapshot) -> UpdateStack:
    return next(a for _, a in decide(want, seen, w.MOMENT).actions if isinstance(a, UpdateStack))


def test_a_network_of_another_block_keeps_it_where_the_new_spec_says_nothing() -> None:
    stack = w.stack(replace(BEFORE, vpc_cidr="10.20.0.0/16"))
    taking = update_of(ASKED, replace(w.finished(ASKED), stack=stack))
    assert taking.design.cidr == "10.20.0.0/16"
    after = replace(stack, tags=taking.tags)
    assert taken(ASKED, replace(w.finished(ASKED), stack=after)) == []


def test_subnets_that_the_earlier_spec_named_are_kept_where_the_new_one_says_nothing() -> None:
    stack = w.stack(replace(BEFORE, subnet_ids=("s-1", "s-2")))
    cluster = replace(w.cluster(ASKED), subnet_ids=("s-1", "s-2"))
    subnets = tuple(Subnet(f"s-{n}", z.name, z.id, "vpc-1") for n, z in enumerate(w.ZONES[:2], 1))
    seen = replace(w.finished(ASKED), stack=stack, cluster=cluster, subnets=subnets)
    assert update_of(ASKED, seen).design.roles_alone
