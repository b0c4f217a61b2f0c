"""Roles that are assumed, and namespaces that may use the operator's own identity."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import refusal

from sigopt_operator.plan.login import OwnIdentity, external_id

ROLE = "arn:aws:iam::111122223333:role/sigopt-operator"
SEED = "canary-of-a-seed-0123"
TOLD = external_id(SEED, KEY.namespace, KEY.name)
WITH_ROLE: dict[str, Any] = {**SPEC, "aws": {"roleArn": ROLE}}
WITH_SECRET: dict[str, Any] = {**SPEC, "aws": {"credentialsSecretRef": {"name": "keys"}}}
GOOD = {"aws_access_key_id": b"AKIAEXAMPLE", "aws_secret_access_key": b"canary-secret"}


def installed(rig: Rig, own: OwnIdentity) -> None:
    """The operator is started again, with other settings."""
    rig.own = own
    rig.restart()


def test_the_external_id_is_told_while_the_role_trusts_nobody_and_afterwards(rig: Rig) -> None:
    installed(rig, OwnIdentity(None, SEED))
    rig.untrusting.add(ROLE)
    rig.api.apply(KEY, WITH_ROLE)
    answer = rig.round()
    assert rig.status["externalId"] == TOLD
    assert rig.status["phase"] == "Blocked"
    assert rig.condition("PreflightPassed")["reason"] == "RoleNotAssumed"
    assert rig.condition("Stalled")["status"] == "True"
    assert answer.after is not None
    assert answer.after <= timedelta(seconds=30)
    assert rig.aws.calls == []
    rig.untrusting.clear()
    rig.until_steady()
    assert rig.status["externalId"] == TOLD
    assert SEED not in f"{rig.status} {rig.api.events}"


def test_a_role_without_a_seed_says_which_setting_is_missing(rig: Rig) -> None:
    rig.api.apply(KEY, WITH_ROLE)
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == "ExternalIdSeedMissing"
    assert "SIGOPT_OPERATOR_EXTERNAL_ID_SEED" in rig.status["message"]
    assert rig.aws.calls == []
    installed(rig, OwnIdentity(None, SEED))
    rig.until_steady()


def test_the_external_id_goes_with_the_role(rig: Rig) -> None:
    installed(rig, OwnIdentity(None, SEED))
    rig.api.apply(KEY, WITH_ROLE)
    rig.until_steady()
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    assert "externalId" not in rig.status


def test_a_role_that_was_never_assumed_holds_no_deletion(rig: Rig) -> None:
    installed(rig, OwnIdentity(None, SEED))
    rig.untrusting.add(ROLE)
    rig.api.apply(KEY, WITH_ROLE)
    rig.round()
    rig.api.delete(KEY)
    assert rig.round().released


def test_a_role_that_trusts_nobody_any_more_holds_the_deletion_until_it_does(rig: Rig) -> None:
    installed(rig, OwnIdentity(None, SEED))
    rig.api.apply(KEY, WITH_ROLE)
    rig.until_steady()
    rig.untrusting.add(ROLE)
    rig.api.delete(KEY)
    assert not rig.round().released
    assert rig.condition("PreflightPassed")["reason"] == "RoleNotAssumed"
    rig.untrusting.clear()
    rig.until_released()
    assert rig.aws.nothing_stands


def test_a_namespace_that_may_not_use_the_identity_is_told_to_name_a_secret(rig: Rig) -> None:
    installed(rig, OwnIdentity(frozenset({"research"})))
    rig.api.secrets["ml", "keys"] = GOOD
    rig.api.apply(KEY, SPEC)
    rig.round()
    assert rig.status["phase"] == "Blocked"
    assert rig.condition("PreflightPassed")["reason"] == "IdentityNotAllowed"
    assert "spec.aws.credentialsSecretRef" in rig.status["message"]
    assert rig.aws.calls == []
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_steady()


def test_what_never_was_allowed_can_be_deleted(rig: Rig) -> None:
    installed(rig, OwnIdentity(frozenset()))
    rig.api.apply(KEY, SPEC)
    rig.round()
    rig.api.delete(KEY)
    assert rig.round().released
    assert rig.aws.calls == []


def test_what_was_made_before_it_was_forbidden_stays_and_says_so(rig: Rig) -> None:
    rig.api.secrets["ml", "keys"] = GOOD
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    installed(rig, OwnIdentity(frozenset()))
    rig.aws.calls.clear()
    rig.api.delete(KEY)
    assert not rig.round().released
    assert rig.status["phase"] == "Deleting"
    assert rig.condition("PreflightPassed")["reason"] == "IdentityNotAllowed"
    assert rig.aws.calls == []
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_retain_lets_go_of_what_may_not_be_touched(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    installed(rig, OwnIdentity(frozenset()))
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    rig.api.delete(KEY)
    assert rig.round().released
    assert not rig.aws.nothing_stands


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(None, "SecretMissing", id="deleted"),
        pytest.param({"aws_access_key_id": b"AKIANEW"}, "SecretIncomplete", id="changed"),
    ],
)
def test_the_secret_of_a_cluster_that_works_is_read_in_every_round(
    rig: Rig, data: dict[str, bytes] | None, reason: str
) -> None:
    rig.api.secrets["ml", "keys"] = GOOD
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_steady()
    del rig.api.secrets["ml", "keys"]
    if data is not None:
        rig.api.secrets["ml", "keys"] = data
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == reason


@pytest.mark.parametrize(
    "code", [pytest.param("InvalidClientTokenId", id="unknown"), pytest.param("AccessDenied")]
)
def test_a_session_that_aws_refuses_is_not_used_again(rig: Rig, code: str) -> None:
    installed(rig, OwnIdentity(None, SEED))
    rig.api.apply(KEY, WITH_ROLE)
    rig.until_steady()
    rig.aws.failing["describe_auto_scaling_groups"] = refusal(code, "revoked", "Describe", 403)
    rig.round()
    rig.aws.failing.clear()
    rig.aws.calls.clear()
    rig.reconciler(KEY)
    # Another session has to say who it is, and nothing that the former one read counts.
    assert "get_caller_identity" in rig.aws.calls
    assert "describe_stacks" in rig.aws.calls


def test_what_the_operators_own_identity_may_not_do_costs_others_nothing(rig: Rig) -> None:
    """Its clients are those of every resource without a role: they stay, and what was read too."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.failing["describe_auto_scaling_groups"] = refusal("AccessDenied", "no", "D", 403)
    rig.round()
    rig.aws.failing.clear()
    rig.aws.calls.clear()
    rig.reconciler(KEY)
    assert "get_caller_identity" not in rig.aws.calls


@pytest.mark.parametrize(
    "aws",
    [
        pytest.param({"credentialsSecretRef": {"name": "../team-b/keys"}}, id="a path"),
        pytest.param({"credentialsSecretRef": {"name": "team-b/keys"}}, id="another namespace"),
        pytest.param({"credentialsSecretRef": "keys"}, id="of another shape"),
        pytest.param(
            {"roleArn": "sigopt-operator", "externalId": "x"}, id="a role without its ARN"
        ),
        pytest.param("keys", id="no mapping"),
    ],
)
def test_where_whose_keys_they_are_cannot_be_read_nobody_elses_are_used(
    rig: Rig, aws: object
) -> None:
    """As an API server with an older CRD may hold it; a deletion goes on with what it can read."""
    rig.api.secrets["ml", "keys"] = GOOD
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**SPEC, "aws": aws})
    rig.round()
    assert rig.condition("Stalled")["reason"] == "InvalidSpec"
    rig.api.delete(KEY)
    assert not rig.round().released
    assert rig.condition("Stalled")["reason"] == "InvalidSpec"
    assert "spec.aws" in rig.status["message"]
    assert rig.aws.calls == []
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_released()
    assert rig.aws.nothing_stands
