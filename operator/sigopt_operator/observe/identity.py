"""Who the operator is towards AWS."""

from __future__ import annotations

import re

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError, UnreadableError, translated
from sigopt_operator.aws.identity import principal_behind
from sigopt_operator.plan.snapshot import Identity
from sigopt_operator.plan.trouble import Kind, Trouble
from sigopt_operator.plan.wish import Wish

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


def same_account(want: Wish, identity: Identity) -> None:
    """Raise AwsError rather than judge what stands in one account by what another has."""
    if want.account is None or want.account == identity.account:
        return
    told = (
        f"the cluster was begun in AWS account {want.account}, and the credentials are now of "
        f"account {identity.account}: give credentials of {want.account} again; for a cluster in "
        f"the other account make another resource"
    )
    raise AwsError(Trouble(Kind.CREDENTIALS, "AccountChanged", told, "GetCallerIdentity"))
