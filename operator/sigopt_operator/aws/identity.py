"""The lasting ARN behind a caller: a session's own is gone with the session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.errors import is_code

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

ASSUMED_ROLE = re.compile(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.+")


def lasting_arn(iam: IAMClient, caller_arn: str) -> str:
    """The user or role that calls; raises ClientError where IAM does not answer."""
    session = ASSUMED_ROLE.fullmatch(caller_arn)
    if not session:
        return caller_arn
    partition, account, role = session.groups()
    try:
        # The session's ARN has lost the role's path; only GetRole knows it.
        return iam.get_role(RoleName=role)["Role"]["Arn"]
    except ClientError as error:
        if not is_code(error, "AccessDenied", "NoSuchEntity"):
            raise
        return f"arn:{partition}:iam::{account}:role/{role}"
