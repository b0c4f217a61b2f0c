"""configurationValues of an add-on: JSON or YAML text, judged by the add-on's JSON schema."""

from __future__ import annotations

from typing import Any

import yaml

from sigopt_sandbox.aws.eks.errors import ApiError, invalid_parameter
from sigopt_sandbox.aws.eks.store import Doc

_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "number": (int, float),
}


def check(text: str | None, schema: Doc) -> None:
    """Refuse values that the schema does not allow; the texts were observed by users.

    Judges what the shortened schemas use: type, properties, additionalProperties, enum.
    """
    if text is None or text == "":
        return
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise invalid_parameter(
            "ConfigurationValue provided in request is not supported: configuration is not valid "
            "JSON or YAML"
        ) from error
    problem = _problem(values, schema, "$")
    if problem:
        raise _refused(problem)


def _refused(problem: str) -> ApiError:
    return invalid_parameter(
        "ConfigurationValue provided in request is not supported: Json schema validation failed "
        f"with error: [{problem}]"
    )


def _problem(value: Any, schema: Doc, at: str) -> str | None:
    kind = schema.get("type")
    if kind and not _is(value, kind):
        return f"{at}: {_kind_of(value)} found, {kind} expected"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at}: does not have a value in the enumeration {schema['enum']}"
    if kind == "object":
        return _object_problem(value, schema, at)
    return None


def _object_problem(value: dict[str, Any], schema: Doc, at: str) -> str | None:
    properties = schema.get("properties", {})
    for name, item in value.items():
        if name in properties:
            problem = _problem(item, properties[name], f"{at}.{name}")
            if problem:
                return problem
        elif schema.get("additionalProperties") is False:
            return (
                f"{at}.{name}: is not defined in the schema and the schema does not allow "
                "additional properties"
            )
    return None


def _is(value: Any, kind: str) -> bool:
    if kind in ("integer", "number") and isinstance(value, bool):
        return False
    return isinstance(value, _KINDS[kind])


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return next((name for name, kind in _KINDS.items() if isinstance(value, kind)), "unknown")
