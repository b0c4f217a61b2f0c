"""Quotas, permissions and names: judged before anything is made, all at once, and mended alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client

from sigopt_operator.aws import policy
from sigopt_sandbox.installed import Installed
from sigopt_sandbox.launcher import Sandbox

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
NONE_LEFT = {"vpc/L-F678F1CE": 0, "ec2/L-0263D0A3": 0, "eks/L-1194D53C": 0, "ec2/L-1216C47A": 7}


@pytest.fixture
def quotas(installed: Installed) -> Iterator[Sandbox]:
    """Quotas of the sandbox's account, as they were again afterwards."""
    sandbox = installed.sandbox
    before = sandbox.admin("GET", "quotas")
    try:
        yield sandbox
    finally:
        sandbox.admin("PUT", "quotas", {name: int(value) for name, value in before.items()})


def told(person: Person, name: str, *words: str) -> dict[str, Any]:
    """PreflightPassed, once it says these words."""

    def said(status: dict[str, Any]) -> bool:
        found = (c for c in status.get("conditions", ()) if c["type"] == "PreflightPassed")
        return any(all(word in c["message"] for word in words) for c in found)

    person.waits(name, said, f"preflight says {words}")
    return person.condition(name, "PreflightPassed")


def test_a_full_account_and_a_taken_name_are_told_at_once_and_mended(
    operator: Installed, person: Person, quotas: Sandbox
) -> None:
    roles = client(quotas, "iam")
    roles.create_role(RoleName="full-node-role", AssumeRolePolicyDocument=json.dumps(TRUST))
    in_force = quotas.admin("GET", "quotas")
    quotas.admin("PUT", "quotas", NONE_LEFT)
    pool = {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2}
    wrong = {**SPEC, "kubernetesVersion": "1.20", "cpu": pool}
    person.apply("full", {**wrong, "gpu": {**pool, "instanceType": "m5.large"}})
    condition = told(person, "full", "1.20", "no NVIDIA GPU", "full-node-role")
    assert condition["status"] == "False"
    for code in NONE_LEFT:
        assert code.partition("/")[2] in condition["message"]
    assert "request-service-quota-increase" in condition["message"]
    assert [leak["id"] for leak in person.left_in_aws("full")] == ["full-node-role"]

    roles.delete_role(RoleName="full-node-role")
    quotas.admin("PUT", "quotas", {name: int(in_force[name]) for name in NONE_LEFT})
    quotas.admin("PUT", "quotas", {"ec2/L-1216C47A": 8})
    person.apply("full", {**SPEC, "cpu": pool})
    person.waits_until_ready("full")
    _an_edit_beyond_the_quota_is_held_back(person, pool)
    person.delete("full")
    person.waits_until_gone("full")
    assert person.left_in_aws("full") == []


def _an_edit_beyond_the_quota_is_held_back(person: Person, pool: dict[str, Any]) -> None:
    person.apply("full", {**SPEC, "cpu": {**pool, "maxNodes": 40}})
    condition = told(person, "full", "L-1216C47A", "spec.cpu needs 80 vCPUs")
    assert condition["reason"] == "QuotaExceeded"
    status = person.status("full")
    assert {p["name"]: p["maxNodes"] for p in status["pools"]} == {"system": 2, "cpu": 2}
    assert person.condition("full", "Connected")["status"] == "True"
    assert "would set node group" in person.condition("full", "NodePoolsReady")["message"]
    person.apply("full", {**SPEC, "cpu": pool})
    person.waits_until_ready("full")


def keys(person: Person, name: str, without: frozenset[str]) -> dict[str, Any]:
    """A spec whose credentials have the operator's rights but these; a Secret that has them."""
    document = json.loads(policy.text())
    for statement in document["Statement"]:
        actions = statement["Action"]
        listed = [actions] if isinstance(actions, str) else actions
        statement["Action"] = [action for action in listed if action not in without] or ["s3:None"]
    iam, user = client(person.sandbox, "iam"), f"{person.namespace}-{name}"
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    person.keep_secret(
        name,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    # Of a version that is not on offer, so that nothing is made whatever else is found.
    ref = {"credentialsSecretRef": {"name": name}}
    return {**SPEC, "kubernetesVersion": "1.20", "aws": ref}


def test_missing_permissions_are_listed_before_anything_is_made(
    operator: Installed, person: Person
) -> None:
    lacking = frozenset({"eks:CreateNodegroup", "iam:PassRole", "cloudformation:UpdateStack"})
    person.apply("poor", keys(person, "poor", lacking))
    message = told(person, "poor", *lacking)["message"]
    assert "eks:CreateCluster" not in message
    assert f"user/{person.namespace}-poor may not do" in message
    assert "not checked" not in message


def test_what_may_not_be_asked_is_said_to_be_unchecked_and_blocks_nothing(
    operator: Installed, person: Person
) -> None:
    blind = frozenset(
        {"servicequotas:ListServiceQuotas", "iam:SimulatePrincipalPolicy", "iam:ListRoles"}
    )
    person.apply("blind", keys(person, "blind", blind))
    message = told(person, "blind", "not checked")["message"]
    for what in ("quotas of ec2", "quotas of eks", "quotas of vpc", "permissions", "names of"):
        assert what in message
    first = message.splitlines()[0]
    assert "1.20" in first
    assert len(message.splitlines()) == 2
