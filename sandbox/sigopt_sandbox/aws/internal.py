"""How one simulated service calls another: as over the wire, without signature and IAM policies."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urlencode

from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from ministack import app
from ministack.core.responses import request_scope

from sigopt_sandbox.aws import wire
from sigopt_sandbox.aws.errors import AwsError

__all__ = ["AwsError", "call", "drive", "invoke"]

Handler = Callable[..., Coroutine[Any, Any, wire.Answer]]

_ROUTER_NAMES = {theirs: ours for ours, theirs in wire.BOTOCORE_NAMES.items()}


def call(
    service: str, action: str, params: Mapping[str, Any], *, account: str, region: str
) -> dict[str, Any]:
    """Ask another service in an account and region; the answer as boto3 would give it.

    Raises AwsError with the code, message and status that a client would see.
    """
    router_name = _ROUTER_NAMES.get(service, service)
    with request_scope(account, region):
        return invoke(app.SERVICE_HANDLERS[router_name], router_name, action, params)


def invoke(
    handler: Handler, service: str, action: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Send one request to a handler in the present scope, and read its answer."""
    op, metadata = wire.operation(service, action), wire.model(service).metadata
    request = create_serializer(metadata["protocol"]).serialize_to_request(dict(params), op)
    body = request["body"]
    if isinstance(body, dict):  # the query protocols: botocore encodes the form later
        body = _encode(body)
    elif isinstance(body, str):
        body = body.encode()
    headers = {name.lower(): value for name, value in request["headers"].items()}
    query = {k: v if isinstance(v, list) else [v] for k, v in _pairs(request["query_string"])}
    path = request["url_path"]
    status, out, data = drive(handler(request["method"], path, headers, body or b"", query))
    shape: Any = op.output_shape  # may be None; the stubs do not say so
    parsed = create_parser(metadata["protocol"]).parse(
        {"status_code": status, "headers": _Headers(out), "body": data}, shape
    )
    if status >= 400:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code", "InternalError"), error.get("Message", ""), status)
    parsed.pop("ResponseMetadata", None)
    return dict(parsed)


def drive(coroutine: Coroutine[Any, Any, wire.Answer]) -> wire.Answer:
    """Run a handler to its end at once; the services used here never wait for anything."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: wire.Answer = done.value
        return result
    coroutine.close()
    raise RuntimeError("a handler waited: it cannot be called from inside")


class _Headers(dict[str, str]):
    """Header names without regard to case, as botocore's parsers expect them."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _encode(body: Mapping[str, Any]) -> bytes:
    return urlencode([(k, _form_text(v)) for k, v in body.items()]).encode()


def _form_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pairs(query: Any) -> list[tuple[str, Any]]:
    return list(query.items()) if isinstance(query, Mapping) else []
