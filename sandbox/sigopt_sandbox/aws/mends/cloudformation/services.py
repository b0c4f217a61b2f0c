"""How resources of a stack ask the services behind them, and how a refusal reads in the events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region

from sigopt_sandbox.aws.internal import AwsError, call

Properties = Mapping[str, Any]
Made = tuple[str, dict[str, Any]]
"""A physical id and the attributes that Fn::GetAtt reads."""

_NAMES = {"ec2": "Ec2", "iam": "Iam"}


class HandlerError(ValueError):
    """A refusal of the service behind a resource, in the words of the stack's events."""

    def __init__(self, service: str, error: AwsError) -> None:
        """Wrap what the service answered."""
        request = f"Request ID: {uuid.uuid4()}"
        kind = {"DependencyViolation": "InvalidRequest", "AuthFailure": "AccessDenied"}
        handler = kind.get(error.code, "GeneralServiceException")
        if "LimitExceeded" in error.code:
            handler = "ServiceLimitExceeded"
        super().__init__(
            f'Resource handler returned message: "{error.message} (Service: {_NAMES[service]}, '
            f'Status Code: {error.status}, {request})" (RequestToken: {uuid.uuid4()}, '
            f"HandlerErrorCode: {handler})"
        )
        self.code = error.code


def ec2(action: str, **params: Any) -> dict[str, Any]:
    """Call EC2 in the stack's account and region."""
    return ask("ec2", action, params)


def ask(service: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Call a service in the stack's account and region; HandlerError if it refuses."""
    try:
        return call(service, action, params, account=get_account_id(), region=get_region())
    except AwsError as error:
        raise HandlerError(service, error) from error


def gone(service: str, action: str, **params: Any) -> None:
    """Delete something; that it is gone already is success."""
    try:
        ask(service, action, params)
    except HandlerError as error:
        if "NotFound" not in error.code and error.code != "NoSuchEntity":
            raise
