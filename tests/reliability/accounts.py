"""AWS accounts of the sandbox: one for each run, so that what is in it is that run's alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from sigopt_sandbox.launcher import Sandbox

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard"})


@dataclass(frozen=True)
class Keys:
    """An access key."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def as_secret(self) -> dict[str, str]:
        """The values of the Secret that `spec.aws.credentialsSecretRef` names."""
        return {"aws_access_key_id": self.key_id, "aws_secret_access_key": self.secret}

    @property
    def as_environment(self) -> dict[str, str]:
        """The variables with which a process is them."""
        return {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}


class Accounts:
    """Makes clients of accounts; the descriptions of the services are read once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._session = botocore.session.get_session()

    def client(self, account: str, service: str) -> Any:
        """A client of the account's root, whose key the sandbox knows by the account's id."""
        state = self._sandbox.state
        session = boto3.Session(
            aws_access_key_id=account,
            aws_secret_access_key="root",
            region_name=state.region,
            botocore_session=self._fresh(),
        )
        return session.client(  # type: ignore[call-overload]  # a name from a variable
            service, endpoint_url=state.aws_url, config=CONFIG
        )

    def make_users(self, account: str, names: Iterable[str]) -> dict[str, Keys]:
        """Users who may do everything in their account, with a key each."""
        iam, made = self.client(account, "iam"), {}
        for name in names:
            iam.create_user(UserName=name)
            iam.attach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            made[name] = Keys(key["AccessKeyId"], key["SecretAccessKey"])
        return made

    def _fresh(self) -> botocore.session.Session:
        core = botocore.session.get_session()
        core.register_component("data_loader", self._session.get_component("data_loader"))
        return core
