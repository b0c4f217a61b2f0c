"""A stack that is not there: made, or, where its cluster lives, told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import CreateNodeGroup, CreateStack, UpdateNodeGroupConfig
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.ownership import TAG_ADOPTED, TAG_RESOURCE, TAG_UID
from sigopt_operator.plan.snapshot import Cluster, Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Pool, Wish

SUBNETS = ("subnet-1", "subnet-2")
GIVEN = replace(w.WANT, subnet_ids=SUBNETS)
ADOPTED = {**w.WANT.tags, TAG_ADOPTED: "true"}
LEFT = {TAG_UID: "uid-0", TAG_RESOURCE: w.WANT.tags[TAG_RESOURCE]}


def cluster(**changed: Any) -> Cluster:
    return replace(w.cluster(), subnet_ids=SUBNETS, **changed)


def without_stack(**changed: Any) -> Snapshot:
    """Everything as wished, but for a stack."""
    return replace(w.finished(), stack=None, cluster=cluster(**changed), facts=w.FACTS)


def step(plan: Plan, part: str = "Network") -> Step:
    return next(p.step for p in plan.parts if p.part.name == part)


def makes_a_stack(plan: Plan) -> bool:
    return any(isinstance(action, CreateStack) for _, action in plan.actions)


@pytest.mark.parametrize(
    ("want", "seen", "made"),
    [
        pytest.param(w.WANT, w.EMPTY, True, id="there is nothing yet"),
        pytest.param(w.WANT, without_stack(), False, id="a cluster lives"),
        pytest.param(
            w.WANT, without_stack(status="UPDATING"), False, id="a cluster is being updated"
        ),
        pytest.param(w.WANT, without_stack(status="CREATING"), False, id="one is being made"),
        pytest.param(w.WANT, without_stack(status="FAILED"), False, id="one failed: it goes first"),
        pytest.param(w.WANT, without_stack(status="DELETING"), False, id="one is on its way out"),
        pytest.param(GIVEN, without_stack(), True, id="it held roles alone, in given subnets"),
        pytest.param(
            w.WANT, without_stack(tags=ADOPTED), True, id="it held roles alone, of an adopted one"
        ),
    ],
)
def test_a_stack_is_made_only_where_no_second_network_would_come_of_it(
    want: Wish, seen: Snapshot, made: bool
) -> None:
    assert makes_a_stack(decide(want, seen, w.MOMENT)) is made


def test_a_person_is_told_both_ways_out() -> None:
    found = step(decide(w.WANT, without_stack(), w.MOMENT))
    assert found.actions == ()
    assert not found.ready
    assert found.blocked is not None
    assert found.blocked.reason == "StackGone"
    for words in (
        "CloudFormation stack tiny-sigopt",
        "another network beside vpc-1",
        "delete this resource and make it anew",
        "spec.adopt: true",
        "spec.network.subnetIds: [subnet-1, subnet-2]",
    ):
        assert words in found.blocked.message


def test_what_is_left_is_looked_after_all_the_same() -> None:
    seen = without_stack()
    small = replace(w.WANT.pools[1], max_nodes=9)
    want = replace(w.WANT, pools=(w.WANT.pools[0], small))
    plan = decide(want, seen, w.MOMENT)
    ((part, action),) = plan.actions
    assert part.name == "NodePools"
    assert isinstance(action, UpdateNodeGroupConfig)
    assert step(plan, "ControlPlane").ready
    assert step(plan, "Access").ready


def test_a_new_pool_says_that_it_waits_for_the_network() -> None:
    want = replace(w.WANT, pools=(*w.WANT.pools, Pool("gpu", "g5.xlarge", 0, 1, 50)))
    plan = decide(want, without_stack(), w.MOMENT)
    assert not any(isinstance(action, CreateNodeGroup) for _, action in plan.actions)
    assert "spec.gpu: waits for the network" in step(plan, "NodePools").message


def test_a_failed_cluster_goes_and_then_all_of_it_is_made_anew() -> None:
    old = without_stack(status="FAILED", created_at=w.ago(minutes=60))
    ((part, _),) = decide(w.WANT, old, w.MOMENT).actions
    assert part.name == "ControlPlane"
    assert makes_a_stack(decide(w.WANT, replace(w.EMPTY, facts=w.FACTS), w.MOMENT))


def test_a_kept_cluster_without_its_stack_is_adopted_with_its_subnets_only() -> None:
    want = replace(w.WANT, adopt=True)
    seen = without_stack(tags=LEFT)
    blocked = step(decide(want, seen, w.MOMENT), "Preflight").blocked
    assert blocked is not None
    assert blocked.reason == "AdoptionNotPossible"
    assert "spec.network.subnetIds: [subnet-1, subnet-2]" in blocked.message
    plan = decide(replace(want, subnet_ids=SUBNETS), seen, w.MOMENT)
    assert step(plan, "Preflight").blocked is None
    assert step(plan, "Preflight").actions
