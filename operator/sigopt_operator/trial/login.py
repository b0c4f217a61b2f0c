"""Who the person is in AWS, and as whom they come to the cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from sigopt_operator.api.status import ConditionType
from sigopt_operator.aws.clients import CONFIG
from sigopt_operator.aws.errors import is_code, message_of
from sigopt_operator.aws.identity import principal_behind
from sigopt_operator.trial.links import BrokenLinkError, Link
from sigopt_operator.trial.place import Place

if TYPE_CHECKING:
    from types_boto3_sts import STSClient

SESSION = "sigopt-operator-test"
_SIGN_IN = (
    "sign in to AWS: `aws configure`, `aws sso login`, or AWS_PROFILE; `aws sts "
    "get-caller-identity` then says who you are"
)
DENIED = ("AccessDenied", "AccessDeniedException")


@dataclass(frozen=True)
class Login:
    """What a token for the cluster is signed with."""

    session: boto3.Session
    sts: STSClient
    region: str
    caller: str
    """The ARN of who typed."""


def login(place: Place) -> Login:
    """As the person, and then as the cluster's access role; raises BrokenLinkError."""
    try:
        session = boto3.Session(region_name=place.way.region)
        sts = session.client("sts", config=CONFIG)
        caller = sts.get_caller_identity()["Arn"]
    except NoCredentialsError as error:
        told = "there are no AWS credentials here"
        raise BrokenLinkError(Link.CREDENTIALS, told, _SIGN_IN) from error
    except ClientError as error:
        told = f"AWS refuses your credentials: {message_of(error)}"
        raise BrokenLinkError(Link.CREDENTIALS, told, _SIGN_IN) from error
    except BotoCoreError as error:
        # No profile of that name, a session that ended, or AWS that cannot be reached.
        raise BrokenLinkError(
            Link.CREDENTIALS, f"AWS cannot be asked: {error}", _SIGN_IN
        ) from error
    if place.way.role_arn is None:
        return Login(session, sts, place.way.region, caller)
    return _as_role(place, place.way.role_arn, session, sts, caller)


def _as_role(place: Place, role: str, session: boto3.Session, sts: STSClient, caller: str) -> Login:
    try:
        told = sts.assume_role(RoleArn=role, RoleSessionName=SESSION)["Credentials"]
    except ClientError as error:
        if not is_code(error, *DENIED):
            what = f"assuming {role}: {message_of(error)}"
            raise BrokenLinkError(Link.ROLE, what, "try again in a minute") from error
        raise _not_let_in(place, role, session, caller) from error
    except BotoCoreError as error:
        what = f"AWS cannot be asked: {error}"
        raise BrokenLinkError(Link.ROLE, what, "try again in a minute") from error
    assumed = boto3.Session(
        aws_access_key_id=told["AccessKeyId"],
        aws_secret_access_key=told["SecretAccessKey"],
        aws_session_token=told["SessionToken"],
        region_name=place.way.region,
    )
    client = assumed.client("sts", config=CONFIG)
    return Login(assumed, client, place.way.region, caller)


def _not_let_in(place: Place, role: str, session: boto3.Session, caller: str) -> BrokenLinkError:
    """Why AWS does not let somebody assume the role: it does not say so itself."""
    mine = _lasting(session, caller)
    listed = place.resource.spec.access.principals
    what = f"{mine} may not assume {role}"
    if listed and mine in listed:
        return BrokenLinkError(
            Link.ROLE,
            what,
            f"{mine} is in spec.access.principals of {place.name} already. If it was added just "
            f"now, try again in a minute. From another account than the cluster's you also need an "
            f"IAM permission of your own for sts:AssumeRole on the role. An organisation's policy, "
            f"or a user or role that was deleted and made again, can be the reason too"
            + _said(place.told(ConditionType.ACCESS_READY)),
        )
    return BrokenLinkError(
        Link.ROLE,
        what,
        f"have {mine} added to spec.access.principals of {place.name} and applied; it works "
        f"{place.acted_upon()}. Where the whole account is listed, you need an IAM permission for "
        f"sts:AssumeRole on the role" + _said(place.told(ConditionType.ACCESS_READY)),
    )


def _lasting(session: boto3.Session, caller: str) -> str:
    """The user or role that calls: a session's ARN is of no use in a list."""
    try:
        return principal_behind(session.client("iam", config=CONFIG), caller).arn
    except (ClientError, BotoCoreError):
        return caller


def _said(words: str) -> str:
    return f". {words}" if words else ""
