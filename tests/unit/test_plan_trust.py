"""Whom the access role trusts: who the spec names, or whoever was let in by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.access.trust import lasting, trust_of
from sigopt_operator.plan.actions import TrustPrincipals
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.preview.walk import done
from sigopt_operator.plan.snapshot import Role, Snapshot
from sigopt_operator.plan.steps import Step

ANN = "arn:aws:iam::111122223333:user/ann"
BOB = "arn:aws:iam::111122223333:role/bob"
OPERATOR = w.WHO.principal_arn
ROLE = "tiny-k8s-access-role"
DELETED = "AIDAJQABLZS4A3QDU576Q"
ELSEWHERE = {"Version": "2012-10-17", "Statement": []}
WANT = replace(w.WANT, principals=(ANN, BOB))


def trusting(trust: Any) -> Snapshot:
    """Everything as wished, and the access role looked at."""
    return replace(w.finished(WANT), roles={ROLE: Role(ROLE, trust, inline=None)})


def access(plan: Plan) -> Step:
    return next(p.step for p in plan.parts if p.part.name == "Access")


@pytest.mark.parametrize(
    ("found", "present"),
    [
        pytest.param(trust_of([OPERATOR]), (OPERATOR,), id="both are to be let in"),
        pytest.param(
            trust_of([OPERATOR, ANN, BOB, "arn:aws:iam::999988887777:root"]),
            (ANN, BOB, OPERATOR, "arn:aws:iam::999988887777:root"),
            id="somebody else was let in by hand",
        ),
        pytest.param(trust_of([ANN, BOB]), (ANN, BOB), id="the operator was put out by hand"),
        pytest.param(ELSEWHERE, None, id="it says something else altogether"),
        pytest.param(None, None, id="it cannot be understood"),
    ],
)
def test_with_principals_exactly_these_and_the_operator_are_trusted(
    found: Any, present: tuple[str, ...] | None
) -> None:
    plan = decide(WANT, trusting(found), w.MOMENT)
    ((part, action),) = plan.actions
    assert part.name == "Access"
    assert isinstance(action, TrustPrincipals)
    assert (action.principals, action.operator) == ((BOB, ANN), OPERATOR)
    assert action.present == (None if present is None else tuple(sorted(present)))
    assert not plan.done


def test_order_and_a_list_of_one_are_no_difference() -> None:
    found = trust_of([OPERATOR, ANN, BOB])
    found["Statement"][0]["Principal"]["AWS"] = [BOB, OPERATOR, ANN]
    found["Statement"][0]["Action"] = ["sts:TagSession", "sts:AssumeRole"]
    found["Statement"] = found["Statement"][0]
    assert decide(WANT, trusting(found), w.MOMENT).done


def assumed_only(*principals: str) -> dict[str, Any]:
    """The trust as the operator wrote it before it thought of tags."""
    found = trust_of(principals)
    found["Statement"][0]["Action"] = "sts:AssumeRole"
    return found


def test_whoever_is_trusted_may_bring_session_tags_along() -> None:
    """Those of EKS Pod Identity are passed on, and STS asks whether the next role takes them."""
    (statement,) = trust_of([OPERATOR, ANN])["Statement"]
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_a_trust_that_an_earlier_operator_wrote_is_completed_and_is_no_drift() -> None:
    ((_, action),) = decide(WANT, trusting(assumed_only(OPERATOR, ANN, BOB)), w.MOMENT).actions
    assert isinstance(action, TrustPrincipals)
    assert action.present is None, "so that it is written"
    assert action.differences == (), "nobody changed it"
    ((_, action),) = decide(WANT, trusting(assumed_only(OPERATOR, ANN)), w.MOMENT).actions
    assert isinstance(action, TrustPrincipals)
    assert action.differences, "it names others too"


def test_a_trust_that_is_completed_lets_nobody_in_and_the_cluster_stays_ready() -> None:
    """An upgrade of the operator finds it so: nothing that the spec says is unmet meanwhile."""
    seen = trusting(assumed_only(OPERATOR, ANN, BOB))
    plan = decide(WANT, seen, w.MOMENT)
    ((_, action),) = plan.actions
    assert str(action) == (
        f"let those whom IAM role {ROLE} trusts bring session tags (sts:TagSession)"
    )
    assert plan.done
    assert access(plan).message == f"shared through {ROLE}"
    assert decide(WANT, done(seen, action, w.MOMENT), w.MOMENT).actions == ()


def test_a_trust_that_is_completed_is_not_ready_where_others_are_let_in_too() -> None:
    plan = decide(WANT, trusting(assumed_only(OPERATOR, ANN)), w.MOMENT)
    assert [str(action) for _, action in plan.actions] == [
        f"let {BOB}, {ANN} assume IAM role {ROLE}"
    ]
    assert not plan.done


def test_a_spec_that_names_whoever_manages_the_cluster_trusts_it_once() -> None:
    want = replace(WANT, principals=(ANN, OPERATOR))
    assert decide(want, trusting(trust_of([OPERATOR, ANN])), w.MOMENT).done
    (action,) = access(decide(want, trusting(trust_of([OPERATOR])), w.MOMENT)).actions
    seen = done(trusting(trust_of([OPERATOR])), action, w.MOMENT)
    assert decide(want, seen, w.MOMENT).done, "as the preview sees it"


def test_an_empty_list_trusts_the_operator_alone() -> None:
    alone = replace(w.WANT, principals=())
    (action,) = access(decide(alone, trusting(trust_of([OPERATOR, ANN])), w.MOMENT)).actions
    assert str(action) == f"let nobody else assume IAM role {ROLE}"
    assert decide(alone, trusting(trust_of([OPERATOR])), w.MOMENT).done


@pytest.mark.parametrize("found", [trust_of([ANN]), assumed_only(OPERATOR), ELSEWHERE])
def test_without_principals_a_trust_that_was_edited_by_hand_is_left_alone(found: Any) -> None:
    assert decide(w.WANT, trusting(found), w.MOMENT).done


def test_an_edit_is_not_taken_for_done_before_the_role_was_looked_at() -> None:
    plan = decide(WANT, w.finished(WANT), w.MOMENT)
    assert not plan.done
    assert plan.actions == ()
    once_done = replace(WANT, fulfilled=True)
    assert decide(once_done, w.finished(WANT), w.MOMENT).done


def test_a_role_that_is_gone_is_made_again_first() -> None:
    seen = replace(w.finished(WANT), roles={ROLE: None})
    plan = decide(WANT, seen, w.MOMENT)
    assert [(part.name, str(action)) for part, action in plan.actions] == [
        ("Network", f"mend IAM role {ROLE}")
    ]
    assert "made again" in access(plan).message


def test_what_keeps_a_colleague_out_does_not_keep_the_operator_out() -> None:
    plan = decide(WANT, trusting(trust_of([OPERATOR])), w.MOMENT)
    assert all(planned.started for planned in plan.parts)
    assert [p.part.name for p in plan.parts if not p.step.ready] == ["Access"]


@pytest.mark.parametrize(
    ("trust", "expected"),
    [
        pytest.param(trust_of([ANN, BOB]), trust_of([ANN, BOB]), id="as it is"),
        pytest.param(trust_of([ANN, DELETED]), trust_of([ANN]), id="without who was deleted"),
        pytest.param(trust_of([DELETED]), None, id="nobody is left"),
        pytest.param(None, None, id="it cannot be understood"),
        pytest.param(
            {**ELSEWHERE, "Statement": {"Principal": {"Service": "ec2", "AWS": DELETED}}},
            {**ELSEWHERE, "Statement": [{"Principal": {"Service": "ec2"}}]},
            id="and all else that it says",
        ),
    ],
)
def test_an_update_of_the_stack_writes_the_trust_as_it_is_as_far_as_iam_takes_it(
    trust: Any, expected: Any
) -> None:
    assert lasting(trust) == expected


def test_the_id_that_iam_shows_of_somebody_who_was_deleted_is_explained() -> None:
    found = trust_of([OPERATOR, DELETED, BOB])
    ((_, action),) = decide(WANT, trusting(found), w.MOMENT).actions
    assert isinstance(action, TrustPrincipals)
    assert f"still names {DELETED}, which is what IAM shows of a user" in str(action.differences[0])
    left = access(decide(w.WANT, trusting(found), w.MOMENT))
    assert left.ready
    assert f"{ROLE} still names {DELETED}" in left.message


FORMER = "arn:aws:iam::111122223333:user/former"


@pytest.mark.parametrize(
    ("before", "ready"),
    [
        pytest.param(OPERATOR, True, id="the same as before: looked at when it is its turn"),
        pytest.param(FORMER, False, id="another than before: looked at first"),
    ],
)
def test_whoever_manages_it_waits_for_a_look_at_the_trust_of_another(
    before: str, ready: bool
) -> None:
    want = replace(WANT, fulfilled=True, operator_arn=before)
    plan = decide(want, replace(w.finished(want), roles={}), w.MOMENT)
    assert access(plan).ready is ready
    assert plan.done is ready
