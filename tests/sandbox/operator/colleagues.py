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


def token_of(said: Said) -> str:
    """The token in what `aws eks get-token` printed."""
    return str(json.loads(said.out)["status"]["token"])
