"""The IAM user whose credentials a sandbox gives to its users."""

from __future__ import annotations

import boto3
from botocore.config import Config

from sigopt_sandbox.launcher.state import ACCOUNT, REGION

NAME = "sandbox-admin"
_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


def create_administrator(aws_url: str) -> tuple[str, str]:
    """Create the user `NAME`, who may do everything; its access key id and secret.

    The simulated AWS takes an account's id as the access key of its root, with any secret.
    """
    iam = boto3.client(
        "iam",
        endpoint_url=aws_url,
        region_name=REGION,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="root",  # noqa: S106 - any will do
        config=Config(connect_timeout=5, read_timeout=30),
    )
    iam.create_user(UserName=NAME)
    iam.attach_user_policy(UserName=NAME, PolicyArn=_POLICY)
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]
