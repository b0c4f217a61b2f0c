"""The lasting principal behind a caller: a session is gone after an hour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.errors import is_code

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

ASSUMED_ROLE = re.compile(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.+")


@dataclass(frozen=True)
class Principal:
    """A user or a role."""

    arn: str
    made_at: datetime | None = None
    """When the role was made; None of a user, or where IAM does not say."""


def principal_behind(iam: IAMClient, caller_arn: str) -> Principal:
    """The user or role that calls; raises ClientError where IAM does not answer."""
    session = ASSUMED_ROLE.fullmatch(caller_arn)
    if not session:
        return Principal(caller_arn)
    partition, account, name = session.groups()
    try:
        # The session's ARN has lost the role's path; only GetRole knows it.
        role = iam.get_role(RoleName=name)["Role"]
        return Principal(role["Arn"], role.get("CreateDate"))
    except ClientError as error:
        if not is_code(error, "AccessDenied", "NoSuchEntity"):
            raise
        return Principal(f"arn:{partition}:iam::{account}:role/{name}")
