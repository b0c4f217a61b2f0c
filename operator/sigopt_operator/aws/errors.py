"""AWS's errors, translated once: what happened, and what follows from it.

The codes are those that each service documents or was seen to use: EC2 `UnauthorizedOperation`,
query services `AccessDenied`, EKS `AccessDeniedException`, and so on. What is not in the tables is
retried: an operator that gives up on an unknown error is stuck, one that retries is only late.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from sigopt_operator.aws.meter import is_throttling
from sigopt_operator.plan.trouble import UNREADABLE_ANSWER, Kind, Trouble

CREDENTIALS = frozenset(
    "AuthFailure ExpiredToken ExpiredTokenException RequestExpired InvalidClientTokenId "
    "UnrecognizedClientException SignatureDoesNotMatch InvalidSignatureException "
    "IncompleteSignature MissingAuthenticationToken InvalidAccessKeyId".split()
)
DENIED = frozenset(
    "UnauthorizedOperation AccessDenied AccessDeniedException OptInRequired Blocked "
    "PendingVerification RegionDisabledException".split()
)
REFUSED = frozenset(
    "InvalidParameterException InvalidRequestException ResourceLimitExceededException "
    "UnsupportedAvailabilityZoneException ValidationError LimitExceededException LimitExceeded "
    "InsufficientCapabilitiesException AddressLimitExceeded VpcLimitExceeded "
    "InvalidParameterValue InvalidParameterCombination MalformedPolicyDocument "
    "InvalidStateException ClientException OperationNotPermitted TagLimitExceeded "
    "BadRequestException".split()
)
BUSY = frozenset("DependencyViolation VolumeInUse ResourceInUse".split())
"""Something that is on its way out still holds it."""
NOT_YET_TEXTS = (
    "does not exist",
    "Error in role params",
    "could not be assumed because",
    "doesn't have the Amazon EKS Managed Policies associated",
    "IAM role's policy must include",
    "were not found in the trust relationships",
    "is invalid or cannot be assumed",
    "The specified principalArn is invalid",
)
"""How EKS and CloudFormation speak of a role that IAM has not made known everywhere."""
BUSY_TEXTS = (
    "is not in ACTIVE status",
    "not in Active State",
    "in progress",
    "in status DELETING",
    "cannot be updated as it is currently in",
    "cannot be deleted as it is currently in",
    "_IN_PROGRESS state and can not be updated",
    "cannot be deleted while in status",
)
"""How EKS says that something else goes on with a cluster, a node group or an add-on, and
CloudFormation with a stack: perhaps what was asked for just now, whose answer was lost. AWS also
patches control planes by itself: then the cluster is ACTIVE and no update is listed."""
IN_USE = "ResourceInUseException"
LATER_TEXTS = ("already exists", "already in use", "has nodegroups attached")
"""How EKS says with IN_USE that a look at what is there tells what to do. With other words it names
what holds the thing, such as a Fargate profile: somebody has to remove that."""
IN_THE_WAY = ". What it names is not the operator's to remove: have its owner remove it"


NO_ENDPOINT = " (is spec.region a region of AWS, and may the operator's pods reach that address?)"
"""A region that does not exist is a name that DNS does not know, as in an outage of DNS: so it is
tried again, but told what else it may be."""


class UnreadableError(ValueError):
    """An answer that cannot be meant; the text says what of it, for people, and no secret."""


UNREADABLE = (
    ResponseParserError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    ArithmeticError,
    RecursionError,
)
"""How an answer that is not of its form shows itself, in botocore and in who reads it."""


class AwsError(Exception):
    """One refused or failed call. The text is for people and never carries a secret."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble
        """The same as data."""


def is_code(error: ClientError, *codes: str) -> bool:
    """Whether AWS answered with one of these codes."""
    return error.response.get("Error", {}).get("Code") in codes


def message_of(error: ClientError) -> str:
    """AWS's own words."""
    return str(error.response.get("Error", {}).get("Message", ""))


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever boto3 raises inside into AwsError."""
    try:
        yield
    except ClientError as error:
        raise AwsError(translate(error)) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        told = (
            "the operator has no AWS credentials of its own: "
            "name a Secret in spec.aws.credentialsSecretRef, or give the operator an IAM role"
        )
        trouble = Trouble(Kind.CREDENTIALS, "CredentialsMissing", told, "credentials")
        raise AwsError(trouble) from error
    except BotoCoreError as error:
        # Its text names at most an endpoint; parameters and credentials are not in it.
        code = type(error).__name__
        hint = NO_ENDPOINT if isinstance(error, EndpointConnectionError) else ""
        raise AwsError(Trouble(Kind.RETRY, code, f"{error}{hint}", "the request")) from error
    except UNREADABLE as error:
        # A truncated 200 reaches us as a missing or mistyped member: unknown, never absent. What
        # botocore says of it has the whole answer in it, and so perhaps a key.
        told = f"the answer cannot be understood: {_said(error)}"
        raise AwsError(Trouble(Kind.RETRY, UNREADABLE_ANSWER, told, "AWS")) from None


def _said(error: Exception) -> str:
    match error:
        case UnreadableError():
            return str(error)
        case KeyError(args=[str(name)]):
            return f"{name} is missing"
        case _:
            return f"it is cut off, or of another form ({type(error).__name__})"


def translate(error: ClientError) -> Trouble:
    """What follows from a ClientError."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = _without_blob(message_of(error)) or code
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    kind = _kind(code, message, status)
    if code == IN_USE and kind is Kind.REFUSED:
        message = f"{message.rstrip('.')}{IN_THE_WAY}"
    return Trouble(kind, code, message, error.operation_name)


def _kind(code: str, message: str, status: int) -> Kind:
    if status >= 500 or is_throttling(code, message, status):
        return Kind.RETRY
    if code in CREDENTIALS:
        return Kind.CREDENTIALS
    if code in DENIED:
        return Kind.DENIED
    if code in BUSY or any(text in message for text in BUSY_TEXTS):
        return Kind.BUSY
    if any(text in message for text in NOT_YET_TEXTS):
        return Kind.NOT_YET
    if code == IN_USE and not any(text in message for text in LATER_TEXTS):
        return Kind.REFUSED
    return Kind.REFUSED if code in REFUSED else Kind.RETRY


def _without_blob(message: str) -> str:
    return re.sub(r"\s*Encoded authorization failure message: \S+", "", message)
