"""AWS's query, EC2 and JSON protocols as a server speaks them, from botocore's service models.

botocore itself has only the client's half: it writes requests and reads answers. This is the other
half, so that an operation of ours takes and gives plain dictionaries in the model's own names.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from sigopt_sandbox.aws.errors import AwsError

Answer = tuple[int, dict[str, str], bytes]

BOTOCORE_NAMES = {"servicequotas": "service-quotas", "elasticloadbalancing": "elbv2"}
"""Services that ministack's router knows by another name than botocore."""


@cache
def model(service: str) -> ServiceModel:
    """botocore's model of a service, by the name that ministack's router gives it."""
    return botocore.session.get_session().get_service_model(BOTOCORE_NAMES.get(service, service))


def operation(service: str, action: str) -> OperationModel:
    """The model of one operation."""
    return model(service).operation_model(action)


def form(body: bytes, query: Mapping[str, Any]) -> dict[str, str]:
    """The flat parameters of a query-protocol request, from its body and its query string."""
    flat = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    for name, value in query.items():
        flat[name] = value[0] if isinstance(value, list) else value
    return flat


def action_of(headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> str:
    """The operation that a query, EC2 or JSON request names; empty if it names none."""
    target = headers.get("x-amz-target", "")
    return target.rsplit(".", 1)[-1] if target else form(body, query).get("Action", "")


def parse(service: str, action: str, body: bytes, query: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request, as botocore's model names them."""
    shape = operation(service, action).input_shape
    if shape is None:
        return {}
    if model(service).metadata["protocol"] in ("query", "ec2"):
        value = _read(shape, _tree(form(body, query)), model(service).metadata["protocol"])
        return dict(value or {})
    return dict(json.loads(body or b"{}"))


def answer(service: str, action: str, result: Mapping[str, Any]) -> Answer:
    """The successful answer to a request, in the service's protocol."""
    op, protocol = operation(service, action), model(service).metadata["protocol"]
    shape, request_id = op.output_shape, str(uuid.uuid4())
    if protocol == "json":
        version = model(service).metadata.get("jsonVersion", "1.1")
        body = json.dumps(dict(result), default=_epoch).encode()
        return 200, {"Content-Type": f"application/x-amz-json-{version}"}, body
    inner = "".join(_members(shape, result)) if shape is not None else ""
    if protocol == "ec2":
        inner = f"<requestId>{request_id}</requestId>{inner}"
    else:
        wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
        inner = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
        inner += f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    space = _namespace(service)
    text = f'<?xml version="1.0" encoding="UTF-8"?><{action}Response xmlns="{space}">{inner}'
    return 200, {"Content-Type": "text/xml"}, f"{text}</{action}Response>".encode()


def refusal(service: str, error: AwsError) -> Answer:
    """The answer to a request that is refused, in the service's protocol."""
    protocol, request_id = model(service).metadata["protocol"], str(uuid.uuid4())
    if protocol in ("json", "rest-json"):
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        return error.status, {"Content-Type": "application/x-amz-json-1.1"}, body
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors>"
        text += f"<RequestID>{request_id}</RequestID></Response>"
    else:
        kind = "Sender" if error.status < 500 else "Receiver"
        text = f'<ErrorResponse xmlns="{_namespace(service)}"><Error><Type>{kind}</Type>{inner}'
        text += f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return error.status, {"Content-Type": "text/xml"}, text.encode()


def _namespace(service: str) -> str:
    metadata = model(service).metadata
    if metadata["protocol"] == "ec2":
        return f"http://ec2.amazonaws.com/doc/{metadata['apiVersion']}/"
    return str(metadata.get("xmlNamespace", ""))


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _tree(flat: Mapping[str, str]) -> dict[str, Any]:
    """`{"A.1.B": "x"}` as `{"A": {"1": {"B": "x"}}}`."""
    root: dict[str, Any] = {}
    for name, value in flat.items():
        node = root
        *path, last = name.split(".")
        for part in path:
            child = node.setdefault(part, {})
            if not isinstance(child, dict):  # `Tags=` (an empty list) beside `Tags.member.1`
                child = node[part] = {}
            node = child
        node.setdefault(last, value)
    return root


def _read(shape: Shape, node: Any, protocol: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _read_structure(shape, node, protocol)
    if kind == "list":
        return _read_list(shape, node, protocol)
    if kind == "map":
        return _read_map(shape, node, protocol)
    return _read_scalar(kind, node)


def _read_structure(shape: Any, node: Any, protocol: str) -> dict[str, Any] | None:
    if not isinstance(node, dict):
        return None
    found = {}
    for name, member in shape.members.items():
        key = _request_name(name, member, protocol)
        if key in node:
            value = _read(member, node[key], protocol)
            if value is not None:
                found[name] = value
    return found


def _request_name(name: str, member: Shape, protocol: str) -> str:
    wire = member.serialization
    if protocol == "ec2":
        if "queryName" in wire:
            return str(wire["queryName"])
        given = str(wire.get("name", name))
        return given[0].upper() + given[1:]
    if member.type_name == "list" and wire.get("flattened"):
        return str(member.member.serialization.get("name", wire.get("name", name)))  # type: ignore[attr-defined] # ListShape
    return str(wire.get("name", name))


def _read_list(shape: Any, node: Any, protocol: str) -> list[Any]:
    if not isinstance(node, dict):
        return []
    if protocol == "query" and not shape.serialization.get("flattened"):
        node = node.get(shape.member.serialization.get("name", "member"), node.get("member", {}))
    numbered = sorted((int(k), v) for k, v in node.items() if k.isdigit())
    return [_read(shape.member, value, protocol) for _, value in numbered]


def _read_map(shape: Any, node: Any, protocol: str) -> dict[str, Any]:
    entries = node.get("entry", node) if isinstance(node, dict) else {}
    key = shape.key.serialization.get("name", "key")
    value = shape.value.serialization.get("name", "value")
    return {e[key]: _read(shape.value, e.get(value, ""), protocol) for e in entries.values()}


def _read_scalar(kind: str, node: Any) -> Any:
    text = node if isinstance(node, str) else ""
    if kind in ("integer", "long"):
        return int(text)
    if kind in ("float", "double"):
        return float(text)
    if kind == "boolean":
        return text.lower() == "true"
    return base64.b64decode(text) if kind == "blob" else text


def _members(shape: Any, value: Mapping[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield _write(member, str(member.serialization.get("name", name)), value[name])


def _write(shape: Any, tag: str, value: Any) -> str:
    if shape.type_name == "structure":
        return f"<{tag}>{''.join(_members(shape, value))}</{tag}>"
    if shape.type_name == "list":
        if shape.serialization.get("flattened"):
            name = shape.member.serialization.get("name", tag)
            return "".join(_write(shape.member, name, item) for item in value)
        name = shape.member.serialization.get("name", "member")
        return f"<{tag}>{''.join(_write(shape.member, name, item) for item in value)}</{tag}>"
    if shape.type_name == "map":
        key = shape.key.serialization.get("name", "key")
        name = shape.value.serialization.get("name", "value")
        return (
            f"<{tag}>"
            + "".join(
                f"<entry><{key}>{escape(k)}</{key}>{_write(shape.value, name, v)}</entry>"
                for k, v in value.items()
            )
            + f"</{tag}>"
        )
    return f"<{tag}>{escape(_text(value))}</{tag}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
