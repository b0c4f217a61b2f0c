"""With which credentials a resource is worked on: by its spec and the administrator's settings."""

from __future__ import annotations

from typing import Any

import pytest
from tests.resources import aws, custom

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.plan.login import (
    EXTERNAL_ID_LENGTH,
    Login,
    OwnIdentity,
    external_id,
    login_of,
    trust_statement,
)
from sigopt_operator.plan.steps import Blocked

SEED = "canary-of-a-seed-0123"
ROLE = "arn:aws:iam::444455556666:role/sigopt-operator"
KEYS = {"credentialsSecretRef": {"name": "keys"}}
ALL = OwnIdentity(None, SEED)
SOME = OwnIdentity(frozenset({"research"}), SEED)
NONE = OwnIdentity(frozenset(), SEED)


def of(spec: dict[str, Any], name: str = "tiny", namespace: str = "ml") -> SigOptCluster:
    found = aws(aws=spec)
    meta = {"uid": "u", "generation": 1, "resourceVersion": "1"}
    found["metadata"] = {**meta, "name": name, "namespace": namespace}
    return SigOptCluster.parse(found)


@pytest.mark.parametrize(
    ("spec", "own", "login"),
    [
        pytest.param({}, OwnIdentity(), Login("ml"), id="the operator's own identity"),
        pytest.param({}, OwnIdentity(frozenset({"ml"})), Login("ml"), id="a namespace that may"),
        pytest.param(KEYS, NONE, Login("ml", "keys"), id="keys, where the identity may not"),
        pytest.param(
            {**KEYS, "roleArn": ROLE}, NONE, Login("ml", "keys", ROLE), id="keys that assume a role"
        ),
        pytest.param(
            {**KEYS, "roleArn": ROLE, "externalId": "theirs"},
            ALL,
            Login("ml", "keys", ROLE, "theirs"),
            id="keys that assume a role with an external ID of the tenant's",
        ),
        pytest.param(
            {"roleArn": ROLE},
            ALL,
            Login("ml", None, ROLE, external_id(SEED, "ml", "tiny")),
            id="the operator's identity assumes a role, always with its own external ID",
        ),
    ],
)
def test_whose_keys_begin_and_what_they_assume(
    spec: dict[str, Any], own: OwnIdentity, login: Login
) -> None:
    assert login_of(of(spec), own) == login


def test_a_custom_cluster_needs_no_identity_in_aws() -> None:
    found = custom()
    meta = {"uid": "u", "generation": 1, "resourceVersion": "1"}
    found["metadata"] = {**meta, "name": "theirs", "namespace": "ml"}
    assert login_of(SigOptCluster.parse(found), NONE) == Login("ml")


@pytest.mark.parametrize(
    ("spec", "own", "reason", "words"),
    [
        pytest.param(
            {},
            SOME,
            "IdentityNotAllowed",
            (
                "namespace ml",
                "spec.aws.credentialsSecretRef",
                "SIGOPT_OPERATOR_IDENTITY_NAMESPACES",
            ),
            id="a namespace that is not listed",
        ),
        pytest.param(
            {"roleArn": ROLE}, SOME, "IdentityNotAllowed", ("namespace ml",), id="nor with a role"
        ),
        pytest.param({}, NONE, "IdentityNotAllowed", ("namespace ml",), id="no namespace is"),
        pytest.param(
            {"roleArn": ROLE},
            OwnIdentity(),
            "ExternalIdSeedMissing",
            ("SIGOPT_OPERATOR_EXTERNAL_ID_SEED", "spec.aws.credentialsSecretRef"),
            id="a role without a seed",
        ),
    ],
)
def test_what_the_administrator_did_not_allow_says_who_must_do_what(
    spec: dict[str, Any], own: OwnIdentity, reason: str, words: tuple[str, ...]
) -> None:
    refused = login_of(of(spec), own)
    assert isinstance(refused, Blocked)
    assert refused.reason == reason
    assert [word for word in words if word not in refused.message] == []
    assert SEED not in refused.message


def test_the_external_id_is_lasting_and_of_one_resource_and_installation() -> None:
    told = external_id(SEED, "ml", "tiny")
    assert told == external_id(SEED, "ml", "tiny")
    assert len(told) == EXTERNAL_ID_LENGTH
    others = [("ml", "tiny2"), ("ml2", "tiny"), ("mlt", "iny"), ("ml-tiny", "tiny")]
    every = {external_id(SEED, *other) for other in others} | {
        external_id(SEED + "x", "ml", "tiny")
    }
    assert told not in every
    assert len(every) == len(others) + 1


def test_an_external_id_once_given_is_given_by_every_later_version() -> None:
    """Trust policies have it: another derivation would lock the operator out of every account."""
    assert external_id("0123456789abcdef", "ml", "tiny") == "146176c057802a5c2323d56a25dca41b"


def test_the_seed_is_not_in_what_is_printed() -> None:
    assert SEED not in repr(ALL)


def test_only_what_the_operator_chose_is_told() -> None:
    chosen = login_of(of({"roleArn": ROLE}), ALL)
    theirs = login_of(of({**KEYS, "roleArn": ROLE, "externalId": "theirs"}), ALL)
    assert isinstance(chosen, Login)
    assert isinstance(theirs, Login)
    assert chosen.told_external_id == external_id(SEED, "ml", "tiny")
    assert theirs.told_external_id is None
    assert chosen.account == "444455556666"


def test_a_statement_without_an_external_id_has_no_condition() -> None:
    assert "Condition" not in trust_statement("arn:aws:iam::111122223333:user/ann", None)
