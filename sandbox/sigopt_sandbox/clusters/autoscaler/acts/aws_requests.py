"""Signed requests to the simulated AWS, for the few operations that cluster-autoscaler uses.

A client of botocore would hold the models of three services, EC2's among them, in memory for each
sandbox; these need only its signatures.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_VERSIONS = {"autoscaling": "2011-01-01", "ec2": "2016-11-15"}
_NAMES = {"autoscaling": "Auto Scaling", "ec2": "EC2", "eks": "EKS"}
"""As the real program's SDK calls the services in its errors."""


class AwsError(Exception):
    """A request was not answered as wished; the text is that of the real program's SDK."""

    def __init__(self, service: str, operation: str, why: str) -> None:
        """`why` says what AWS, or the attempt to reach it, came to."""
        super().__init__(f"operation error {_NAMES[service]}: {operation}, {why}")


class NoCredentialsError(Exception):
    """There is no identity to sign with; the message says why."""


Signer = Callable[[], Awaitable[Credentials]]
"""The credentials to sign with now. Raises NoCredentialsError."""


@dataclass(frozen=True)
class AwsRequests:
    """The simulated AWS in one region, as one identity."""

    session: aiohttp.ClientSession
    url: str
    region: str
    signer: Signer

    async def query(
        self, service: str, action: str, parameters: Mapping[str, str]
    ) -> dict[str, Any]:
        """An operation of Auto Scaling or EC2; the answer with all its values as texts.

        Members have the names of AWS's XML, with a capital first. Raises AwsError.
        """
        form = {"Action": action, "Version": _VERSIONS[service], **parameters}
        content = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = _Request(service, action, "POST", f"{self.url}/", content, urlencode(form))
        status, body = await self._send(request)
        try:
            answer = _read(body)
        except ET.ParseError as error:
            raise AwsError(service, action, f"deserialization failed, {error}") from error
        if status >= 400:
            raise AwsError(service, action, _api_error(status, *_query_error(answer)))
        found = answer.get(f"{action}Result", answer)
        return found if isinstance(found, dict) else {}

    async def rest(self, service: str, operation: str, path: str) -> dict[str, Any]:
        """A GET of a REST service, such as EKS; the answer's JSON. Raises AwsError."""
        request = _Request(service, operation, "GET", self.url + path, {}, "")
        status, body = await self._send(request)
        try:
            answer: dict[str, Any] = json.loads(body or "{}")
        except ValueError as error:
            raise AwsError(service, operation, f"deserialization failed, {error}") from error
        if status >= 400:
            code = str(answer.get("__type", answer.get("code", "")))
            why = _api_error(status, code, str(answer.get("message", "")))
            raise AwsError(service, operation, why)
        return answer

    async def _send(self, request: _Request) -> tuple[int, str]:
        try:
            headers = request.signed(await self.signer(), self.region)
            async with self.session.request(
                request.method,
                request.url,
                headers=headers,
                data=request.body or None,
                timeout=_TIMEOUT,
            ) as response:
                return response.status, await response.text()
        except NoCredentialsError as error:
            why = f"get identity: get credentials: failed to refresh cached credentials, {error}"
            raise AwsError(request.service, request.operation, why) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            why = f"request send failed, {error!r}"
            raise AwsError(request.service, request.operation, why) from error


@dataclass(frozen=True)
class _Request:
    """A request before it is signed."""

    service: str
    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: str

    def signed(self, credentials: Credentials, region: str) -> dict[str, str]:
        """The headers with a signature of version 4."""
        request = AWSRequest(self.method, self.url, headers=dict(self.headers), data=self.body)
        SigV4Auth(credentials, self.service, region).add_auth(request)
        return dict(request.headers.items())


def _api_error(status: int, code: str, message: str) -> str:
    return f"https response error StatusCode: {status}, api error {code}: {message}"


def _query_error(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message of an error of Auto Scaling (one) or EC2 (a list of one)."""
    errors = answer.get("Errors") or {}
    found = answer.get("Error") or (errors.get("Error") if isinstance(errors, dict) else {}) or {}
    return str(found.get("Code", "")), str(found.get("Message", ""))


def _read(body: str) -> dict[str, Any]:
    """An XML document as dictionaries, lists and texts."""
    # The answer comes from this sandbox's own process: nothing to defend the parser against.
    value = _value(ET.fromstring(body))  # noqa: S314 - our own AWS answers
    return value if isinstance(value, dict) else {}


def _value(element: ET.Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    names = [child.tag.rpartition("}")[2] for child in children]
    if set(names) <= {"member", "item"}:
        return [_value(child) for child in children]
    return {
        name[0].upper() + name[1:]: _value(child)
        for name, child in zip(names, children, strict=True)
    }
