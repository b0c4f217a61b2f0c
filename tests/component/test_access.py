"""Who may use the cluster: edits work at once, and whoever does not exist keeps nobody else out."""

from __future__ import annotations

from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

ANN = "arn:aws:iam::111122223333:user/ann"
BOB = "arn:aws:iam::111122223333:role/teams/bob"
NOBODY = "arn:aws:iam::111122223333:user/nobody"
NOBODY_ELSEWHERE = "arn:aws:iam::999988887777:role/nobody"
OPERATOR = "arn:aws:iam::111122223333:role/ops/operator"
ROLE = "tiny-k8s-access-role"


def shared(*principals: str, **more: Any) -> dict[str, Any]:
    return {**SPEC, "access": {"principals": list(principals)}, **more}


def trusted(rig: Rig) -> set[str]:
    """Who may assume the access role in AWS now."""
    (statement,) = rig.aws.iam[ROLE]["trust"]["Statement"]
    named = statement["Principal"]["AWS"]
    return {named} if isinstance(named, str) else set(named)


@pytest.fixture
def ready(rig: Rig) -> Rig:
    """A cluster whose spec names nobody."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    return rig


def test_a_new_cluster_trusts_whoever_made_it(ready: Rig) -> None:
    assert trusted(ready) == {OPERATOR}


def test_a_new_cluster_is_shared_with_whom_the_spec_names(rig: Rig) -> None:
    rig.api.apply(KEY, shared(ANN, BOB))
    rig.until_steady()
    assert trusted(rig) == {OPERATOR, ANN, BOB}


def test_an_edit_works_in_the_very_next_round_and_leaves_the_stack_alone(ready: Rig) -> None:
    ready.api.apply(KEY, shared(ANN, BOB))
    ready.round()
    assert trusted(ready) == {OPERATOR, ANN, BOB}
    ready.until_steady()
    ready.api.apply(KEY, shared(BOB))
    ready.round()
    assert trusted(ready) == {OPERATOR, BOB}
    ready.until_steady()
    assert ready.aws.changes == ["update_assume_role_policy"] * 2


def test_whom_iam_does_not_know_is_named_and_the_others_are_let_in(ready: Rig) -> None:
    ready.aws.nobody = {NOBODY, NOBODY_ELSEWHERE}
    ready.api.apply(KEY, shared(NOBODY, ANN, NOBODY_ELSEWHERE, BOB))
    ready.round()
    assert trusted(ready) == {OPERATOR, ANN, BOB}
    told = ready.condition("AccessReady")
    assert (told["status"], told["reason"]) == ("False", "PrincipalNotFound")
    assert NOBODY in told["message"]
    assert NOBODY_ELSEWHERE in told["message"]
    assert ready.condition("Stalled")["status"] == "True"
    assert ready.condition("Connected")["status"] == "True"
    assert ready.status["accessRoleArn"].endswith(ROLE)


def test_whom_iam_knows_later_is_let_in_then(ready: Rig) -> None:
    ready.aws.nobody = {NOBODY}
    ready.api.apply(KEY, shared(NOBODY, ANN))
    ready.round()
    ready.aws.calls.clear()
    ready.round()
    assert ready.aws.changes == ["update_assume_role_policy"], "what stands is not written again"
    ready.aws.nobody.clear()
    ready.until_steady()
    assert trusted(ready) == {OPERATOR, NOBODY, ANN}


def test_a_trust_that_was_edited_by_hand_stays_where_the_spec_names_nobody(ready: Rig) -> None:
    ready.aws.iam[ROLE]["trust"]["Statement"][0]["Principal"]["AWS"] = [OPERATOR, ANN]
    for _ in range(5):
        ready.round()
    more = {"aws": {"additionalPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}}
    ready.api.apply(KEY, {**SPEC, **more})
    ready.until_steady()
    assert ready.aws.changes == ["update_stack"]
    assert trusted(ready) == {OPERATOR, ANN}


def test_an_update_of_the_stack_leaves_out_nobody_whom_the_spec_names(rig: Rig) -> None:
    rig.api.apply(KEY, shared(ANN))
    rig.until_steady()
    more = {"aws": {"additionalPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}}
    rig.api.apply(KEY, shared(ANN, **more))
    rig.until_steady()
    assert trusted(rig) == {OPERATOR, ANN}


def test_nobody_is_let_in_while_it_is_paused(ready: Rig) -> None:
    ready.api.apply(KEY, shared(ANN, paused=True))
    ready.round()
    assert ready.aws.changes == []
    assert "would let" in ready.condition("AccessReady")["message"]
