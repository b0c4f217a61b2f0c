"""One way to state a rule, for both who judge a spec: the API server (CEL) and Python.

A `Rule` stands either beside the type of a value, as `Annotated` metadata, or in the `RULES` of a
model, when it is about several fields at once. The CRD generator writes every one of them into
`x-kubernetes-validations` with its message; `convert`, `validate` and the operator judge by
`holds`. Why CEL where the OpenAPI keyword `pattern` would do: its refusal quotes a regular
expression, and says nothing of what to do.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

VALIDATIONS = "x-kubernetes-validations"
PRESERVED = "x-kubernetes-preserve-unknown-fields"


@dataclass(frozen=True)
class Rule:
    """What must hold, in CEL and in Python, and what a person is told when it does not.

    `holds` is None for a transition (`oldSelf`): only the API server knows what was before. In a
    model's RULES it gets the fields that are there, by their Python names and not yet judged (it
    answers True where it cannot tell), and `field` is the Python name of the one to blame.
    """

    cel: str
    message: str
    holds: Callable[[Any], bool] | None = None
    field: str | None = None

    def to_crd(self, path: str | None = None) -> dict[str, str]:
        """The entry of `x-kubernetes-validations`; `path` of the blamed field as ".maxNodes"."""
        entry = {"rule": self.cel, "message": self.message}
        return entry if path is None else {**entry, "fieldPath": path}

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Pydantic's hook for `Annotated`: judge the value after its type."""
        return core_schema.no_info_after_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Pydantic's hook for `Annotated`: put the rule into the schema."""
        result = handler(schema)
        result.setdefault(VALIDATIONS, []).append(self.to_crd())
        return result

    def _judge(self, value: Any) -> Any:
        if self.holds is not None and not self.holds(value):
            raise PydanticCustomError("rule", "{rule}", {"rule": self.message})
        return value


@dataclass(frozen=True)
class Unique:
    """No item of a list stands there twice: `x-kubernetes-list-type: set`."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Pydantic's hook for `Annotated`: judge the list after its items."""
        return core_schema.no_info_after_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Pydantic's hook for `Annotated`: say so in the schema."""
        return {**handler(schema), "x-kubernetes-list-type": "set"}

    def _judge(self, items: Sequence[Any]) -> Sequence[Any]:
        for index, item in enumerate(items):
            if item in items[:index]:
                raise PydanticCustomError(
                    "rule", "item {n} is there twice: remove one", {"n": index + 1}
                )
        return items


@dataclass(frozen=True)
class UniqueBy:
    """No two items of a list are alike in these fields: `x-kubernetes-list-type: map`.

    Every one of the fields is required, or the API server takes no list of them.
    """

    keys: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Pydantic's hook for `Annotated`: judge the list after its items."""
        return core_schema.no_info_after_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Pydantic's hook for `Annotated`: say so in the schema."""
        return {
            **handler(schema),
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": list(self.keys),
        }

    def _judge(self, items: Sequence[Any]) -> Sequence[Any]:
        told = [tuple(getattr(item, key) for key in self.keys) for item in items]
        for index, keys in enumerate(told):
            if keys in told[:index]:
                raise PydanticCustomError(
                    "rule",
                    "item {n} has the {keys} of another: remove one",
                    {"n": index + 1, "keys": " and ".join(self.keys)},
                )
        return items


@dataclass(frozen=True)
class Shallow:
    """A value of any form is nested no deeper than so many levels.

    CEL cannot see into what a schema keeps unknown, so the API server does not judge this one.
    """

    most: int

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Pydantic's hook for `Annotated`: judge the value before anything goes down into it."""
        return core_schema.no_info_before_validator_function(self._judge, handler(source))

    def _judge(self, value: Any) -> Any:
        level = [value]
        for _ in range(self.most):
            level = [each for outer in level for each in _inside(outer)]
            if not level:
                return value
        raise PydanticCustomError(
            "rule",
            "must be nested at most {most} levels deep: no add-on has settings that are deeper",
            {"most": self.most},
        )


def _inside(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def matches(pattern: str, message: str) -> Rule:
    """The whole string must match; `pattern` is of the common ground of RE2 and Python."""
    compiled = re.compile(pattern)
    return Rule(
        cel=f"self.matches(r'^({pattern})$')",
        message=message,
        holds=lambda text: compiled.fullmatch(text) is not None,
    )


def immutable(field: str, alias: str, message: str) -> Rule:
    """An optional field is neither changed nor added nor removed once the object exists."""
    return Rule(
        cel=(
            f"has(self.{alias}) == has(oldSelf.{alias})"
            f" && (!has(self.{alias}) || self.{alias} == oldSelf.{alias})"
        ),
        message=message,
        field=field,
    )


def never_with(provider: str, field: str, alias: str, message: str) -> Rule:
    """The field has no place beside that provider."""
    return Rule(
        cel=f"self.provider != '{provider}' || !has(self.{alias})",
        message=message,
        holds=lambda spec: spec.get("provider") != provider or field not in spec,
        field=field,
    )
