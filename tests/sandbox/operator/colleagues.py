"""Colleagues: IAM users with nothing but an access key, and the AWS CLI as they type it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.operator.theirs import client

from sigopt_sandbox.launcher import Sandbox


@dataclass(frozen=True)
class Said:
    """What a command said."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Colleague:
    """An IAM user; `home` has their kubeconfig and the caches of their tools."""

    arn: str
    env: dict[str, str]
    home: Path

    def types(self, command: str | Sequence[str], **more: str) -> Said:
        """A command, with a home and credentials of their own and none of anybody else's."""
        done = subprocess.run(
            shlex.split(command) if isinstance(command, str) else list(command),
            env=self.env | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def nodes(self, **more: str) -> Said:
        """`kubectl get nodes`, through whatever kubeconfig they have."""
        return self.types("kubectl get nodes --no-headers", **more)


@dataclass(frozen=True)
class Robot:
    """A role, and the environment of a session of it whose tags are transitive."""

    arn: str
    env: dict[str, str]


@contextmanager
def colleague(sandbox: Sandbox, name: str, directory: Path) -> Iterator[Colleague]:
    """Somebody without a single IAM policy; gone at the end."""
    iam = client(sandbox, "iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    home = directory / name
    home.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KUBE"))}
    env |= sandbox.env() | {
        "HOME": str(home),
        "KUBECONFIG": str(home / "kubeconfig"),
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_PAGER": "",
    }
    try:
        yield Colleague(arn, env, home)
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=name)


@contextmanager
def robot(sandbox: Sandbox, name: str) -> Iterator[Robot]:
    """A role with a session as EKS Pod Identity gives it to a pod; gone at the end."""
    iam, sts = client(sandbox, "iam"), client(sandbox, "sts")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": sts.get_caller_identity()["Arn"]},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    try:
        given = sts.assume_role(
            RoleArn=arn,
            RoleSessionName="eks-common-argocd",
            Tags=[{"Key": "kubernetes-namespace", "Value": "argocd"}],
            TransitiveTagKeys=["kubernetes-namespace"],
        )["Credentials"]
        env = {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
        yield Robot(arn, env)
    finally:
        iam.delete_role(RoleName=name)


def token_of(said: Said) -> str:
    """The token in what `aws eks get-token` printed."""
    return str(json.loads(said.out)["status"]["token"])
