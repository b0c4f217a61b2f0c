"""The AWS in memory behind botocore's own network: every answer is what a service would send.

Real clients, real serializers and parsers; a test may spoil what is under way, as bytes or as a
document, to see what becomes of an answer that no service should give.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from tests.fakes.aws import FakeAws
from tests.fakes.wire import Body, headers, instead_of_the_network

Document = Any
"""An answer as JSON has it, under the names of botocore's members; times are text."""
JSON_TYPE, XML_TYPE = "application/json", "text/xml"


@dataclass
class AwsOnWire:
    """Answers botocore's requests from the fake AWS."""

    aws: FakeAws
    spoil: Callable[[OperationModel, Document], Document] = lambda _, document: document
    """Changes a document before it is written."""
    damage: Callable[[OperationModel, bytes], tuple[bytes, str] | bytes] = lambda _, body: body
    """Changes what is written, and perhaps of which type it is said to be."""
    answered: dict[str, OperationModel] = field(default_factory=dict)
    """Operations that were answered with a document, by name."""
    _asked: threading.local = field(default_factory=threading.local)

    def asked(self, operation: OperationModel, arguments: Mapping[str, Any]) -> None:
        """Note what the next request of this thread asks."""
        self._asked.about = (operation, dict(arguments))

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """In place of `URLLib3Session.send`."""
        operation, arguments = self._asked.about
        status, body = self._answer(operation, dict(arguments))
        told: tuple[bytes, str] | bytes = body
        if status < 300:
            told = self.damage(operation, body)
        text, kind = told if isinstance(told, tuple) else (told, _type(operation))
        return AWSResponse(request.url, status, headers(kind), Body(text))

    def _answer(self, operation: OperationModel, arguments: dict[str, Any]) -> tuple[int, bytes]:
        ask = getattr(self.aws.clients().eks, xform_name(operation.name))
        try:
            answer = ask(**arguments) or {}
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            told = error.response["Error"]
            return status, _refusal(operation, told["Code"], told["Message"])
        self.answered[operation.name] = operation
        shape = operation.output_shape
        document = _document(shape, answer) if shape else {}
        return 200, _written(operation, self.spoil(operation, document))


@pytest.fixture
def aws_on_wire(monkeypatch: pytest.MonkeyPatch) -> AwsOnWire:
    """The network, for one test, with an AWS in memory behind it."""
    found = AwsOnWire(FakeAws())
    called = BaseClient._make_api_call  # type: ignore[attr-defined] # not in the stubs

    def noted(client: Any, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        found.asked(client.meta.service_model.operation_model(operation_name), api_params)
        return called(client, operation_name, api_params)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    instead_of_the_network(monkeypatch, found.send)
    return found


def is_json(operation: OperationModel) -> bool:
    return "json" in str(operation.service_model.protocol)


def _type(operation: OperationModel) -> str:
    return JSON_TYPE if is_json(operation) else XML_TYPE


def _refusal(operation: OperationModel, code: str, message: str) -> bytes:
    if is_json(operation):
        return json.dumps({"__type": code, "message": message}).encode()
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    if operation.service_model.protocol == "ec2":
        return f"<Response><Errors>{error}</Errors></Response>".encode()
    return f"<ErrorResponse>{error}</ErrorResponse>".encode()


def _document(shape: Any, value: Any) -> Document:
    """What a fake answers, without what the service's model does not know."""
    match shape.type_name:
        case "structure":
            known = shape.members
            return {
                n: _document(known[n], v) for n, v in value.items() if n in known if v is not None
            }
        case "list":
            return [_document(shape.member, each) for each in value]
        case "map":
            return {key: _document(shape.value, each) for key, each in value.items()}
        case "timestamp":
            return value.isoformat() if isinstance(value, datetime) else value
        case "string" if isinstance(value, Mapping):  # a policy of IAM
            return quote(json.dumps(value))
        case _:
            return value


def _written(operation: OperationModel, document: Document) -> bytes:
    shape = operation.output_shape
    if is_json(operation):
        return json.dumps(_named(shape, document)).encode()
    inner = "".join(_xml(shape, document)) if shape else ""
    if operation.service_model.protocol != "ec2":
        inner = f"<{operation.name}Result>{inner}</{operation.name}Result>"
    return f"<{operation.name}Response>{inner}</{operation.name}Response>".encode()


def _named(shape: Any, value: Document) -> Document:
    """Under the names of the wire."""
    match getattr(shape, "type_name", None), value:
        case "structure", dict():
            return {
                _name(shape.members.get(name), name): _named(shape.members.get(name), each)
                for name, each in value.items()
            }
        case "list", list():
            return [_named(shape.member, each) for each in value]
        case _:
            return value


def _name(shape: Any, name: str) -> str:
    return str(shape.serialization.get("name", name)) if shape is not None else name


def _xml(shape: Any, value: Document) -> Iterator[str]:
    match value:
        case None:
            return
        case dict():
            members = getattr(shape, "members", {})
            for name, each in value.items():
                member = members.get(name)
                tag = _name(member, name)
                yield f"<{tag}>{''.join(_xml(member, each))}</{tag}>"
        case list():
            member = getattr(shape, "member", None)
            tag = _name(member, "member")
            for each in value:
                yield f"<{tag}>{''.join(_xml(member, each))}</{tag}>"
        case bool():
            yield str(value).lower()
        case _:
            yield escape(str(value))
