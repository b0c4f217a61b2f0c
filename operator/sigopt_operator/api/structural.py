"""What pydantic says of a model, as a structural schema.

A structural schema may say less than JSON Schema can: no `$ref`, no unions, no `const`. What
pydantic writes is rewritten keyword by keyword from an allow-list, and anything else is an error
here, at generation, and not a surprise in somebody's cluster.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any, Final

from sigopt_operator.api.rules import PRESERVED, VALIDATIONS

Schema = dict[str, Any]
Path = tuple[str, ...]

KEPT: Final = (
    "description",
    "type",
    "format",
    "enum",
    "minimum",
    "maximum",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "default",
    "required",
    "properties",
    "items",
    "additionalProperties",
    PRESERVED,
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    VALIDATIONS,
)
"""The keywords that come out, in the order in which a reader wants them."""

DROPPED: Final = frozenset(
    {
        "title",  # pydantic's, made from the field's name
        "readOnly",  # on computed fields; a hint for clients that nothing here reads
        "$defs",  # put in where they are referred to
    }
)


class NotStructural(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """A model says something that a structural schema cannot."""

    def __init__(self, path: Path, what: str) -> None:
        """`path` is where in the resource, `what` is the trouble."""
        super().__init__(f"{'.'.join(path)}: {what}")


def structural(schema: Mapping[str, Any], path: Path, shown_defaults: Collection[Path]) -> Schema:
    """The structural form of one JSON Schema of pydantic's, which stands at `path`.

    Defaults are left out but for those of `shown_defaults`. Raises NotStructural if there is no
    such form, or if a string, a list or a map has no limit: the API server reckons the cost of CEL
    by it.
    """
    return _convert(schema, schema.get("$defs", {}), path, shown_defaults)


def _convert(
    schema: Mapping[str, Any], defs: Mapping[str, Any], path: Path, shown: Collection[Path]
) -> Schema:
    found = _resolved(schema, defs, path)
    _refuse_strangers(found, path)
    _refuse_unbounded(found, path)
    if path not in shown:
        found.pop("default", None)
    if "description" in found:
        found["description"] = " ".join(found["description"].split())
    if "properties" in found:
        found["properties"] = {
            name: _convert(each, defs, (*path, name), shown)
            for name, each in found["properties"].items()
        }
    if "items" in found:
        found["items"] = _convert(found["items"], defs, (*path, "[]"), shown)
    if "additionalProperties" in found:
        values = found["additionalProperties"]
        found["additionalProperties"] = _convert(values, defs, (*path, "{}"), shown)
    # Copied, or YAML would write what two places share as an alias.
    return {key: deepcopy(found[key]) for key in KEPT if key in found}


def _resolved(schema: Mapping[str, Any], defs: Mapping[str, Any], path: Path) -> Schema:
    """Without `$ref` and without "or null"; what stands beside them wins over what they stand for.

    An optional field is one that may be left out: null is not a value of it.
    """
    result = dict(schema)
    while "$ref" in result or "anyOf" in result:
        if "$ref" in result:
            target = defs[result.pop("$ref").removeprefix("#/$defs/")]
        else:
            choices = [each for each in result.pop("anyOf") if each != {"type": "null"}]
            if len(choices) != 1:
                raise NotStructural(path, "a union of several types")
            target = choices[0]
        if VALIDATIONS in result and VALIDATIONS in target:
            raise NotStructural(path, "rules beside a reference to a type that has rules")
        result = {**target, **result}
    return result


def _refuse_strangers(schema: Schema, path: Path) -> None:
    values = schema.get("additionalProperties", False)
    # Structural schemas prune unknown fields by themselves, and kubectl refuses them before that;
    # those of an object that keeps what is unknown need no type.
    if values is False or (values is True and schema.get(PRESERVED)):
        schema.pop("additionalProperties", None)
    elif values is True:
        raise NotStructural(path, "additionalProperties of any type")
    strangers = schema.keys() - set(KEPT) - DROPPED
    if strangers:
        raise NotStructural(path, f"no place for {', '.join(sorted(strangers))}")


def _refuse_unbounded(schema: Schema, path: Path) -> None:
    match schema.get("type"):
        case "string" if not schema.keys() & {"maxLength", "enum", "format"}:
            raise NotStructural(path, "a string without maxLength")
        case "array" if "maxItems" not in schema:
            raise NotStructural(path, "a list without maxItems")
        case "object" if "additionalProperties" in schema and "maxProperties" not in schema:
            raise NotStructural(path, "a map without maxProperties")
        case None:
            raise NotStructural(path, "no type")
