"""While a resource is paused nothing is asked of AWS, whatever is due, and it is said."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.access.trust import FORMER, trust_of
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.snapshot import Role, Snapshot
from sigopt_operator.plan.wish import Wish

ANN = "arn:aws:iam::111122223333:user/ann"
SHARED = replace(w.WANT, principals=(ANN,))
PAUSED = replace(w.WANT, paused=True)
MORE = replace(w.WANT, pools=(w.SYSTEM, replace(w.CPU, max_nodes=9)))


@pytest.mark.parametrize(
    ("want", "seen", "would"),
    [
        pytest.param(w.WANT, w.EMPTY, "create CloudFormation stack tiny-sigopt", id="a creation"),
        pytest.param(MORE, w.finished(), f"set node group {node_group_name(w.CPU)} to 0..9 nodes",
                     id="an edit"),
        pytest.param(w.deleting(), w.finished(), f"delete node group {node_group_name(w.CPU)}",
                     id="a deletion"),
        pytest.param(w.WANT, replace(w.finished(), addons=()), "install add-on vpc-cni",
                     id="a repair"),
    ],
)  # fmt: skip
def test_what_is_due_is_said_and_not_done(want: Wish, seen: Snapshot, would: str) -> None:
    assert would in str([str(action) for _, action in decide(want, seen, w.MOMENT).actions])
    plan = decide(replace(want, paused=True), seen, w.MOMENT)
    assert plan.actions == ()
    assert not plan.done
    withheld = [p.step.message for p in plan.parts if p.step.because]
    assert any(told.startswith("paused; would ") and would in told for told in withheld)


def test_nothing_is_waited_for_that_was_not_begun() -> None:
    plan = decide(PAUSED, w.EMPTY, w.MOMENT)
    assert [waiting for p in plan.parts for waiting in p.step.waiting] == []


def test_what_aws_is_doing_already_is_still_watched() -> None:
    busy = replace(w.finished(), stack=w.stack(status="UPDATE_IN_PROGRESS"))
    plan = decide(PAUSED, busy, w.MOMENT)
    assert "update tiny-sigopt" in str([x.what for p in plan.parts for x in p.step.waiting])


def test_a_cluster_for_which_nothing_is_due_stays_ready() -> None:
    assert decide(PAUSED, w.finished(), w.MOMENT).done


@pytest.mark.parametrize(
    ("want", "word"),
    [
        pytest.param(replace(SHARED, paused=True), "paused", id="paused"),
        pytest.param(replace(SHARED, planned=True), "planned", id="only planned"),
    ],
)
def test_what_a_ready_part_would_still_do_is_said_and_it_stays_ready(want: Wish, word: str) -> None:
    """As after an upgrade of the operator, that only completes what it finds."""
    role = "tiny-k8s-access-role"
    trust = trust_of((w.WHO.principal_arn, ANN), FORMER)
    seen = replace(w.finished(SHARED), roles={role: Role(role, trust, inline=None)})
    assert decide(SHARED, seen, w.MOMENT).actions
    plan = decide(want, seen, w.MOMENT)
    assert plan.actions == ()
    assert plan.done
    (told,) = [p.step.message for p in plan.parts if p.part.name == "Access"]
    assert told == (
        f"shared through {role}; {word}; would let those whom IAM role {role} trusts bring session "
        f"tags (sts:TagSession)"
    )
