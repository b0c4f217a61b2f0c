"""Who the operator is towards AWS."""

from __future__ import annotations

import re

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code, translated
from sigopt_operator.plan.snapshot import Identity

ASSUMED_ROLE = re.compile(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.+")


def read_identity(clients: Clients) -> Identity:
    """The caller, and the lasting ARN behind it; raises AwsError where the keys are refused."""
    with translated():
        told = clients.sts.get_caller_identity()
        arn = told["Arn"]
        return Identity(
            account=told["Account"],
            caller_arn=arn,
            principal_arn=_principal(clients, arn),
            partition=arn.split(":")[1],
        )


def _principal(clients: Clients, arn: str) -> str:
    session = ASSUMED_ROLE.fullmatch(arn)
    if not session:
        return arn
    partition, account, role = session.groups()
    try:
        # The session's ARN has lost the role's path; only GetRole knows it.
        return clients.iam.get_role(RoleName=role)["Role"]["Arn"]
    except ClientError as error:
        if not is_code(error, "AccessDenied", "NoSuchEntity"):
            raise
        return f"arn:{partition}:iam::{account}:role/{role}"
