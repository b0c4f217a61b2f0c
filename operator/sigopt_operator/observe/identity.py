"""Who the operator is towards AWS."""

from __future__ import annotations

import re

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, translated
from sigopt_operator.aws.identity import principal_behind
from sigopt_operator.plan.snapshot import Identity

ACCOUNT = re.compile("[0-9]{12}")


def read_identity(clients: Clients) -> Identity:
    """The caller, and the lasting ARN behind it; raises AwsError where the keys are refused."""
    with translated():
        told = clients.sts.get_caller_identity()
        arn, account = told["Arn"], told["Account"]
        if not (arn.startswith("arn:") and ACCOUNT.fullmatch(account)):
            raise UnreadableError("it is about nobody in an account")
        principal = principal_behind(clients.iam, arn)
        return Identity(
            account=account,
            caller_arn=arn,
            principal_arn=principal.arn,
            partition=arn.split(":")[1],
            principal_made_at=principal.made_at,
        )
