"""Two accounts, and who may do what in them: made by their administrators, with the AWS API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from sigopt_sandbox.launcher import Sandbox

OURS = "111122223333"
"""The account of the operator's own identity."""
THEIRS = "444455556666"
RIGHTS = Path(__file__).parents[3] / "deploy" / "iam" / "sigopt-operator.json"
ASSUMING = Path(__file__).parents[3] / "deploy" / "iam" / "sigopt-operator-assume-role.json"


def trusting(*statements: dict[str, Any]) -> str:
    """A trust policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass(frozen=True)
class Administrator:
    """Of one account of the sandbox."""

    sandbox: Sandbox
    account: str

    @property
    def iam(self) -> Any:
        """IAM as the account's root, whose key the sandbox knows by the account's id."""
        return boto3.client(
            "iam",
            endpoint_url=self.sandbox.state.aws_url,
            region_name="us-east-1",
            aws_access_key_id=self.account,
            aws_secret_access_key="root",
        )

    def let_assume(self, user: str) -> None:
        """What docs/operations.md has an administrator give the operator beside its rights."""
        policy = self._policy("sigopt-operator-assume-role", ASSUMING)
        self.iam.attach_user_policy(UserName=user, PolicyArn=policy)

    def make_role(self, name: str) -> str:
        """A role with the operator's rights that trusts nobody but this account; its ARN."""
        root = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"},
            "Action": "sts:AssumeRole",
        }
        role = self.iam.create_role(
            RoleName=name, Path="/sigopt-operator/", AssumeRolePolicyDocument=trusting(root)
        )["Role"]
        self.iam.attach_role_policy(RoleName=name, PolicyArn=self._policy("rights", RIGHTS))
        return str(role["Arn"])

    def trust(self, role: str, statement: dict[str, Any]) -> None:
        """From now on the role trusts whom the statement says, and nobody else."""
        name = role.rpartition("/")[2]
        self.iam.update_assume_role_policy(RoleName=name, PolicyDocument=trusting(statement))

    def make_user(self, name: str) -> dict[str, str]:
        """A user with the operator's rights; the values of a Secret with its key."""
        self.iam.create_user(UserName=name)
        self.iam.attach_user_policy(UserName=name, PolicyArn=self._policy("rights", RIGHTS))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    def switch_off(self, user: str) -> None:
        """The user's keys are good for nothing any more."""
        for key in self.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            self.iam.update_access_key(
                UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive"
            )

    def _policy(self, name: str, document: Path) -> str:
        arn = f"arn:aws:iam::{self.account}:policy/{name}"
        known = self.iam.list_policies(Scope="Local")["Policies"]
        if arn not in (policy["Arn"] for policy in known):
            self.iam.create_policy(PolicyName=name, PolicyDocument=document.read_text())
        return arn
