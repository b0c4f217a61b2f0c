"""Which request of AWS is which, from what is on the wire; and refusals in a service's own form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

_CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_READING = ("Describe", "List", "Get", "Simulate", "GET")
_JSON = ("eks", "servicequotas")
_NAMES = ("StackName", "LaunchTemplateName", "RoleName", "AutoScalingGroupName")
"""Parameters of the query protocols that name what a request is about."""
_BODY_NAMES = ("nodegroupName", "addonName", "principalArn", "name")
_ACCOUNT = re.compile(r"\b\d{12}\b")


@dataclass(frozen=True)
class AwsRequest:
    """One request."""

    key: str
    """The access key id that signed it."""
    region: str
    service: str
    """As signatures call it: `eks`, `ec2`, `elasticloadbalancing`."""
    operation: str
    """`DescribeStacks`; of EKS, which has no names on the wire, `GET /clusters/NAME`."""
    subject: str
    """The name of what it is about, where it has one."""
    asked: str
    """All that it asks; the same for two requests that ask the same."""

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.operation.startswith(_READING)

    @property
    def creates(self) -> bool:
        """Whether what it is about is new afterwards."""
        return self.operation.startswith(("Create", "POST")) and bool(self.subject)

    @property
    def called(self) -> str:
        """The same for alike requests of two accounts."""
        return f"{self.service} {_ACCOUNT.sub('ACCOUNT', self.operation)}"


def read_request(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> AwsRequest | None:
    """The request; None for one that nobody signed."""
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    signed = headers.get("Authorization") or f"Credential={parameters.get('X-Amz-Credential')}"
    found = _CREDENTIAL.search(signed)
    if found is None:
        return None
    key, region, service = found.groups()
    if service == "eks":
        operation, subject = f"{method} {unquote(path)}", _in_json(path, body)
        return AwsRequest(key, region, service, operation, subject, f"{path}?{query}")
    text = body.decode(errors="replace")
    target = headers.get("X-Amz-Target", "").rpartition(".")[2]
    parameters |= dict(parse_qsl(text, keep_blank_values=True))
    operation = target or parameters.get("Action", "")
    subject = next((parameters[name] for name in _NAMES if name in parameters), "")
    return AwsRequest(key, region, service, operation, subject, f"{operation} {text}")


def _in_json(path: str, body: bytes) -> str:
    """What a request of EKS is about: what its path ends with, or what its body names."""
    if not body:
        return unquote(path)
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    names = (told.get(name) for name in _BODY_NAMES) if isinstance(told, dict) else ()
    name = next((str(name) for name in names if name), "")
    return f"{unquote(path).rstrip('/')}/{name}" if name else ""


@dataclass(frozen=True)
class Refusal:
    """A refusal, and how it is written."""

    code: str
    message: str
    status: int = 400

    def written(self, service: str) -> tuple[int, dict[str, str], bytes]:
        """HTTP status, headers and body, as that service writes refusals."""
        if service in _JSON:
            headers = {"Content-Type": "application/json", "x-amzn-ErrorType": self.code}
            told = {"__type": self.code, "message": self.message}
            return self.status, headers, json.dumps(told).encode()
        error = f"<Code>{self.code}</Code><Message>{self.message}</Message>"
        if service == "ec2":
            text = f"<Response><Errors><Error>{error}</Error></Errors>"
            text += "<RequestID>weather</RequestID></Response>"
        else:
            text = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>"
            text += "<RequestId>weather</RequestId></ErrorResponse>"
        return self.status, {"Content-Type": "text/xml"}, text.encode()


def throttling(service: str) -> Refusal:
    """How that service says that there were too many requests."""
    message = "Rate exceeded"
    match service:
        case "ec2":
            return Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
        case "eks":
            return Refusal("ThrottlingException", message, 429)
        case "servicequotas":
            return Refusal("TooManyRequestsException", message, 429)
        case _:
            return Refusal("Throttling", message, 400)


def failing(service: str, dice: float) -> Refusal:
    """How that service says that it failed: half of them with 500, half with 503."""
    if dice < 0.5:
        code = "ServerException" if service == "eks" else "InternalFailure"
        return Refusal(code, "An internal error has occurred", 500)
    code = "ServiceUnavailableException" if service == "eks" else "ServiceUnavailable"
    return Refusal(code, "Service is unavailable", 503)


def refusing(service: str, code: str) -> Refusal:
    """How that service refuses who asks."""
    message = "The security token included in the request is expired"
    match service, code:
        case "ec2", "ExpiredToken":
            return Refusal("RequestExpired", "Request has expired.", 400)
        case "eks", "ExpiredToken":
            return Refusal("ExpiredTokenException", message, 403)
        case _:
            return Refusal(code, message, 403)


def absent(request: AwsRequest) -> Refusal | None:
    """How a service says that what is asked for is not there; None where it would not say so."""
    name = request.subject.rpartition("/")[2]
    match request.service, request.operation:
        case "eks", _:
            return Refusal("ResourceNotFoundException", f"No {name} found", 404)
        case "cloudformation", "DescribeStacks" | "DescribeStackResources" | "ListStackResources":
            return Refusal("ValidationError", f"Stack with id {name} does not exist", 400)
        case "iam", "GetRole":
            text = f"The role with name {name} cannot be found."
            return Refusal("NoSuchEntity", text, 404)
        case _:
            return None
