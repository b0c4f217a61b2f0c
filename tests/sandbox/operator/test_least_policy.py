"""The least policy is the least: whatever statement is missing, the operator says which action.

The other tests run as a principal with exactly this policy, so that nothing is missing from it.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client, theirs

from sigopt_sandbox.installed import Installed

POLICY = json.loads(
    (Path(__file__).parents[3] / "deploy" / "iam" / "sigopt-operator.json").read_text()
)
SIDS = tuple(told["Sid"] for told in POLICY["Statement"])
KMS = {"kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}
TAGGING = "TagClusters"


@pytest.fixture
def users(installed: Installed) -> Iterator[list[str]]:
    """Names of IAM users; those who are made are gone afterwards."""
    made: list[str] = []
    yield made
    iam = client(installed.sandbox, "iam")
    for name in made:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName="least")
        iam.delete_user(UserName=name)


def user_without(person: Person, sid: str, users: list[str]) -> str:
    """A Secret with the key of an IAM user who has the policy but for one statement."""
    kept = [told for told in POLICY["Statement"] if told["Sid"] != sid]
    return user_with(person, kept, f"without-{sid.lower()}", users)


def user_with(person: Person, statements: list[dict[str, Any]], name: str, users: list[str]) -> str:
    """A Secret with the key of an IAM user of this name who has these statements."""
    iam = client(person.sandbox, "iam")
    iam.create_user(UserName=name)
    users.append(name)
    document = json.dumps({**POLICY, "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="least", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    person.keep_secret(
        name,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    return name


def actions_of(sid: str) -> list[str]:
    (told,) = (told for told in POLICY["Statement"] if told["Sid"] == sid)
    action = told["Action"]
    return [action] if isinstance(action, str) else list(action)


def named(sid: str, status: dict[str, Any]) -> bool:
    """Whether a condition says that an action of the statement is missing, by the action's name."""
    words = " ".join(
        c["message"]
        for c in status.get("conditions", ())
        if c["reason"] in ("PermissionsMissing", "PermissionMissing")
    )
    found = {word.strip(".,;()") for word in words.split() if ":" in word}
    return any(fnmatch.filter(found, action) for action in actions_of(sid))


def test_each_statement_that_is_missing_is_told_before_anything_is_made(
    operator: Installed, person: Person, users: list[str]
) -> None:
    names = {}
    for number, sid in enumerate(SIDS):
        secret = user_without(person, sid, users)
        names[sid] = name = f"refused-{number}"
        spec = {**SPEC, "aws": {"credentialsSecretRef": {"name": secret}}}
        person.apply(name, {**spec, "secretsEncryption": KMS})
    for sid, name in names.items():
        person.waits(name, partial(named, sid), f"it names an action of {sid}")
        assert person.left_in_aws(name) == []
        person.delete(name)
    for name in names.values():
        person.waits_until_gone(name)


def test_tagging_that_is_allowed_only_for_what_has_a_tag_is_told_before_anything_is_made(
    operator: Installed, person: Person, users: list[str]
) -> None:
    """Nothing has one when it is made: `iam-policy --without adoption` once printed this."""
    (told,) = (told for told in POLICY["Statement"] if told["Sid"] == TAGGING)
    (own,) = (told for told in POLICY["Statement"] if told["Sid"] == "ChangeAndDeleteOwnClusters")
    others = [each for each in POLICY["Statement"] if each is not told]
    statements = [*others, {**told, "Condition": own["Condition"]}]
    secret = user_with(person, statements, "tags-what-has-tags", users)
    person.apply("untagged", {**SPEC, "aws": {"credentialsSecretRef": {"name": secret}}})
    person.waits("untagged", partial(named, TAGGING), "it names the action")
    assert person.left_in_aws("untagged") == []
    person.delete("untagged")
    person.waits_until_gone("untagged")


def test_a_cluster_is_not_taken_over_without_the_right_to(
    operator: Installed, person: Person, users: list[str]
) -> None:
    secret = user_without(person, TAGGING, users)
    spec = {**SPEC, "aws": {"credentialsSecretRef": {"name": secret}}}
    with theirs(person.sandbox, "not-ours") as cluster:
        cluster.make_cluster()
        before = cluster.cluster()["tags"]
        person.apply("not-ours", {**spec, "adopt": True, "deletionPolicy": "Retain"})
        person.waits("not-ours", partial(named, TAGGING), "it names the action")
        assert cluster.cluster()["tags"] == before
        person.delete("not-ours")
        person.waits_until_gone("not-ours")
