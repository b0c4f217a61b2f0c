"""Routing, request checking and answer shaping, all from botocore's own EKS service model.

Nothing is wired per operation: what a request must look like and what an answer may hold is read
from the model that the SDKs are generated from.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.validate import ParamValidator

from sigopt_sandbox.aws.eks.errors import ApiError, invalid_parameter, invalid_request

Answer = tuple[int, dict[str, str], bytes]

# EKS's words for a name that breaks the pattern (observed by users of kubectl-eks; the missing
# space is EKS's).
BAD_NAME = (
    "The parameter {at} contains invalid characters. It should conform to the regular expression "
    '"^[0-9A-Za-z][A-Za-z0-9-_]*"In other words, it should start with a number or letter, and can '
    "contain numbers, letters, dashes, and underscores."
)


@dataclass(frozen=True)
class Route:
    """One operation: its method and path, and the model of what goes in and comes out."""

    method: str
    path: re.Pattern[str]
    operation: Any


@dataclass(frozen=True)
class Request:
    """A request that passed the model's checks: the operation's name and its members."""

    operation: str
    params: dict[str, Any]


class Model:
    """The EKS service model, asked for routes, checked requests and shaped answers."""

    def __init__(self) -> None:
        """Load the model that comes with the installed botocore."""
        self._service: Any = botocore.session.get_session().get_service_model("eks")
        self._validator = ParamValidator()
        names = list(self._service.operation_names)
        routes = [_route(self._service.operation_model(name)) for name in names]
        # A literal path is tried before one that has a label in its place.
        self._routes = sorted(routes, key=lambda r: (r.path.groups, -len(r.path.pattern)))

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that EKS has, in the model's order."""
        return tuple(self._service.operation_names)

    def output_shape(self, operation: str) -> Any:
        """The botocore shape of an operation's answer."""
        return self._service.operation_model(operation).output_shape

    def read(self, method: str, raw_path: str, query: Mapping[str, Any], body: bytes) -> Request:
        """Find the operation and its members; `raw_path` still has its %2F (they are one segment).

        Raises ApiError, as EKS would answer, for an unknown path and for members that are missing,
        of the wrong type, outside an enum, or beyond a length or pattern the model carries.
        """
        for route in self._routes:
            found = route.path.match(raw_path) if route.method == method else None
            if found:
                members = _members(route.operation, found, query, _document(body))
                self._check(route.operation.input_shape, members)
                return Request(route.operation.name, members)
        raise invalid_request(f"Unknown operation: {method} {raw_path}")

    def _check(self, shape: Any, members: dict[str, Any]) -> None:
        if shape is None:
            return
        report = self._validator.validate(members, shape)
        if report.has_errors():
            raise invalid_parameter(report.generate_report())
        for name, member in shape.members.items():
            _check_value(member, members.get(name), name)

    def answer(self, operation: str, output: Mapping[str, Any]) -> Answer:
        """The HTTP answer for an output; a member the model does not know is a bug and raises."""
        document = shaped(self.output_shape(operation), output, operation)
        return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def refusal(self, error: ApiError) -> Answer:
        """The HTTP answer for a refusal: type in a header, unset members present as null."""
        shape = self._service.shape_for(error.code)
        status = int(shape.metadata["error"]["httpStatusCode"])
        document: dict[str, Any] = dict.fromkeys(shape.members)
        document.update(error.fields)
        document["message"] = error.message
        headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
        return status, headers, json.dumps(shaped(shape, document, error.code)).encode()


def shaped(shape: Any, value: Any, at: str) -> Any:
    """`value` in the wire form of `shape`: timestamps as epoch seconds, unset members kept."""
    if value is None or shape is None:
        return None if shape is not None else {}
    kind = shape.type_name
    if kind == "structure":
        unknown = set(value) - set(shape.members)
        if unknown:
            raise ValueError(f"{at} has no member {', '.join(sorted(unknown))}")
        return {k: shaped(shape.members[k], v, f"{at}.{k}") for k, v in value.items()}
    if kind == "list":
        return [shaped(shape.member, item, at) for item in value]
    if kind == "map":
        return {key: shaped(shape.value, item, f"{at}.{key}") for key, item in value.items()}
    if kind == "timestamp":
        return value.timestamp() if isinstance(value, dt.datetime) else float(value)
    return value


def _route(operation: Any) -> Route:
    uri = operation.http["requestUri"].split("?")[0]
    pattern = re.sub(r"\\\{(\w+)(?:\\\+)?\\\}", r"(?P<\1>[^/]+)", re.escape(uri))
    return Route(operation.http["method"], re.compile(f"^{pattern}/?$"), operation)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid_request("Request body is not valid JSON") from error
    if not isinstance(document, dict):
        raise invalid_request("Request body must be a JSON object")
    return document


def _members(
    operation: Any, found: re.Match[str], query: Mapping[str, Any], body: Mapping[str, Any]
) -> dict[str, Any]:
    if operation.input_shape is None:
        return {}
    members: dict[str, Any] = {}
    for name, shape in operation.input_shape.members.items():
        where = shape.serialization.get("location")
        wire = shape.serialization.get("name", name)
        if where == "uri":
            members[name] = unquote(found[wire])
        elif where == "querystring" and wire in query:
            members[name] = _from_query(shape, query[wire])
        elif where is None and body.get(wire) is not None:
            members[name] = body[wire]
    return members


def _from_query(shape: Any, value: str | Sequence[str]) -> Any:
    values = [value] if isinstance(value, str) else list(value)
    if shape.type_name == "list":
        return values
    text = values[0]
    if shape.type_name in ("integer", "long"):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if shape.type_name == "boolean":
        return text.lower() == "true"
    return text


def _check_value(shape: Any, value: Any, at: str) -> None:
    """What ParamValidator leaves to the service: enums, patterns, and upper bounds."""
    if value is None:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            _check_value(member, value.get(name), f"{at}.{name}")
    elif shape.type_name == "list":
        _check_bound(shape, len(value), at)
        for item in value:
            _check_value(shape.member, item, at)
    elif shape.type_name == "map":
        _check_bound(shape, len(value), at)
        for key, item in value.items():
            _check_value(shape.key, key, f"{at} key")
            _check_value(shape.value, item, f"{at}.{key}")
    elif shape.type_name == "string":
        _check_text(shape, value, at)
    elif shape.type_name in ("integer", "long"):
        _check_bound(shape, value, at)


def _check_text(shape: Any, value: str, at: str) -> None:
    _check_bound(shape, len(value), at)
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise invalid_parameter(BAD_NAME.format(at=at))
    if shape.enum and value not in shape.enum:
        if shape.name == "TaintEffect":
            # Observed by users (awsdocs amazon-eks-user-guide PR 617).
            raise invalid_parameter(
                f"Invalid taint effect: {value}, must be one of these "
                "[NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE]"
            )
        allowed = ", ".join(shape.enum)
        raise invalid_parameter(f"{at}: '{value}' must be one of these [{allowed}]")


def _check_bound(shape: Any, size: int, at: str) -> None:
    most = shape.metadata.get("max")
    if most is not None and size > most:
        raise invalid_parameter(f"{at}: {size} is more than the most allowed, {most}")
