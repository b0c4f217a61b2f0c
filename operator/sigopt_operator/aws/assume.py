"""An IAM role, assumed for a resource: a session that renews itself, and refusals explained."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    Credentials,
    DeferredRefreshableCredentials,
)

from sigopt_operator.aws.errors import AwsError, translated
from sigopt_operator.aws.identity import principal_behind
from sigopt_operator.plan.login import Login, trust_statement
from sigopt_operator.plan.trouble import ROLE_NOT_ASSUMED, Kind, Trouble

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_sts import STSClient

SESSION_NAME: Final = "sigopt-operator"
"""What CloudTrail shows beside the role."""
METHOD: Final = "assume-role"


@dataclass(frozen=True)
class Base:
    """Whoever assumes: clients that sign with the keys from which a login begins."""

    sts: STSClient
    iam: IAMClient
    """Asked only when a refusal has to be explained."""

    def close(self) -> None:
        """Hang up; whoever still uses it connects anew."""
        self.sts.close()
        self.iam.close()


def assumed(base: Base, login: Login) -> Credentials:
    """Credentials of the login's role, fetched when first needed and again before they expire.

    botocore renews them in the last quarter of an hour, one thread at a time, and goes on with
    those it has while that fails; in the last ten minutes it raises what went wrong: AwsError.
    They last an hour, which is what STS allows a session that assumes a role.
    """
    return DeferredRefreshableCredentials(lambda: _fetch(base, login), METHOD)


def session_with(credentials: Credentials) -> botocore.session.Session:
    """A session that has these credentials and looks for no others."""
    session = botocore.session.get_session()
    session.register_component("credential_provider", CredentialResolver([_Given(credentials)]))
    return session


def renewed(session: boto3.Session) -> None:
    """Fetch or renew the session's credentials, if that is due; raises what `assumed` says."""
    credentials = session.get_credentials()
    try:
        if credentials is not None:
            credentials.get_frozen_credentials()
    except RuntimeError as error:  # botocore: what STS gave just now has expired already
        told = (
            "a session that was just made has expired: the clock of the operator's machine is wrong"
        )
        raise AwsError(Trouble(Kind.RETRY, "ClockWrong", told, "AssumeRole")) from error


class _Given(CredentialProvider):
    METHOD = METHOD

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials


def _fetch(base: Base, login: Login) -> dict[str, str]:
    assert login.role_arn is not None  # noqa: S101 - only such a login is given to `assumed`
    asked: dict[str, Any] = {"RoleArn": login.role_arn, "RoleSessionName": SESSION_NAME}
    if login.external_id:
        asked["ExternalId"] = login.external_id
    try:
        with translated():
            found = base.sts.assume_role(**asked)["Credentials"]
            return {
                "access_key": found["AccessKeyId"],
                "secret_key": found["SecretAccessKey"],
                "token": found["SessionToken"],
                "expiry_time": found["Expiration"].isoformat(),
            }
    except AwsError as error:
        if error.trouble.code != "AccessDenied":
            raise
        told = _refusal(login, error.trouble.message, _caller(base))
        raise AwsError(Trouble(Kind.DENIED, ROLE_NOT_ASSUMED, told, "AssumeRole")) from error


def _caller(base: Base) -> str:
    """The lasting ARN of who assumes; a placeholder where AWS does not say."""
    try:
        with translated():
            return principal_behind(base.iam, base.sts.get_caller_identity()["Arn"]).arn
    except AwsError:
        return "<the ARN of who assumes it>"


def _refusal(login: Login, words: str, caller: str) -> str:
    whose = (
        f"the keys of Secret {login.namespace}/{login.secret}" if login.secret else "the operator"
    )
    statement = json.dumps(trust_statement(caller, login.external_id))
    if login.secret and not login.external_id:
        wanted = "; where it asks for an external ID, set spec.aws.externalId"
    elif login.secret:
        wanted = ", with the external ID of spec.aws.externalId"
    else:
        wanted = ", with the external ID of this resource alone (status.externalId)"
    return (
        f"{whose} cannot assume {login.role_arn} of spec.aws.roleArn. Its trust policy must have "
        f"this statement{wanted}: {statement}. And {caller} must be allowed sts:AssumeRole on it. "
        f"AWS says: {words}"
    )
