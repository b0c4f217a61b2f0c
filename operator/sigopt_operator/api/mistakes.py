"""Every mistake of a spec at once, in words for people, without its values.

Values are left out because somebody may have put a key where a name belongs.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.spec import ClusterSpec

Path = tuple[str | int, ...]


class Spelling(Enum):
    """How the fields are written: as in a manifest, or as in a cluster.yml."""

    CAMEL = "camelCase"
    SNAKE = "snake_case"


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where: the keys and indexes from the spec down, as they are written."""

    path: Path
    message: str


def find(raw: Mapping[str, Any], spelling: Spelling) -> list[Mistake]:
    """Every mistake of a spec that can be seen without AWS and without its former state."""
    wrong = list(_of_fields(raw, spelling))
    wrong += _of_rules(ClusterSpec, raw, (), spelling)
    if spelling is Spelling.SNAKE:
        return [Mistake(each.path, _in_snake_case(each.message)) for each in wrong]
    return wrong


def without_null(value: Any) -> Any:
    """Mappings without the keys whose value is null: YAML's `gpu:` with nothing after it."""
    match value:
        case dict():
            return {key: without_null(each) for key, each in value.items() if each is not None}
        case list():
            return [without_null(each) for each in value]
        case _:
            return value


def without_null_fields(value: Any, model: type[SpecModel] | None = ClusterSpec) -> Any:
    """A spec of a manifest without null, but for keys that are no fields: those are refused."""
    match value:
        case dict():
            inner = _submodels(model) if model else {}
            fields = {to_camel(name) for name in model.model_fields} if model else value.keys()
            return {
                key: without_null_fields(each, inner.get(key))
                for key, each in value.items()
                if each is not None or key not in fields
            }
        case list():
            return [without_null_fields(each, model) for each in value]
        case _:
            return value


def dotted(path: Path) -> str:
    """A path as people write it: access.principals[0]."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


def _of_fields(raw: Mapping[str, Any], spelling: Spelling) -> Iterator[Mistake]:
    snake = spelling is Spelling.SNAKE
    try:
        ClusterSpec.model_validate(raw, by_name=snake, by_alias=not snake)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            yield Mistake(_path(detail, spelling), _explain(detail, spelling))


def _path(detail: ErrorDetails, spelling: Spelling) -> Path:
    """Pydantic names fields by their aliases; a key that is no field stays as it was written."""
    loc = detail["loc"]
    if spelling is Spelling.CAMEL:
        return loc
    last = len(loc) - 1
    unknown = detail["type"] == "extra_forbidden"
    return tuple(
        key if isinstance(key, int) or (unknown and index == last) else _in_snake_case(key)
        for index, key in enumerate(loc)
    )


WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "missing": lambda _: "is required",
    "int_type": lambda _: "must be a whole number",
    "bool_type": lambda _: "must be true or false",
    "dict_type": lambda _: "must be a mapping",
    "string_type": lambda _: "must be text: put it in quotes",
    "tuple_type": lambda _: "must be a list",
    "model_type": lambda _: "must be a mapping of fields",
    "enum": lambda about: f"must be {about['expected']}",
    "greater_than_equal": lambda about: f"must be at least {about['ge']}",
    "less_than_equal": lambda about: f"must be at most {about['le']}",
    "string_too_long": lambda about: f"must have at most {about['max_length']} characters",
    "too_long": lambda about: f"must have at most {about['max_length']} items",
    "too_short": lambda about: f"must have at least {about['min_length']} items",
}


def _explain(detail: ErrorDetails, spelling: Spelling) -> str:
    if detail["type"] == "extra_forbidden":
        return "is no field here" + _suggestion(detail["loc"], spelling)
    words = WORDS.get(detail["type"])
    return detail["msg"] if words is None else words(detail.get("ctx", {}))


def _suggestion(loc: Path, spelling: Spelling) -> str:
    model = _model_at(loc[:-1])
    known = [
        name if spelling is Spelling.SNAKE else to_camel(name)
        for name in ([] if model is None else model.model_fields)
    ]
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"; did you mean {close[0]}?" if close else f" (fields: {', '.join(known)})"


def _model_at(loc: Path) -> type[SpecModel] | None:
    model: type[SpecModel] | None = ClusterSpec
    for key in loc:
        if not isinstance(key, int):
            model = _submodels(model).get(key) if model else None
    return model


def _submodels(model: type[SpecModel]) -> dict[str, type[SpecModel]]:
    """The fields of a model that are models themselves, by both of their spellings."""
    found: dict[str, type[SpecModel]] = {}
    for name, field in model.model_fields.items():
        for kind in _kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, SpecModel):
                found[name] = found[to_camel(name)] = kind
    return found


def _kinds(annotation: Any) -> Iterator[Any]:
    """The types that an annotation speaks of: those of a union, of a list's items."""
    yield annotation
    if get_origin(annotation) is not dict:
        for each in get_args(annotation):
            yield from _kinds(each)


def _of_rules(
    model: type[SpecModel], raw: Mapping[str, Any], path: Path, spelling: Spelling
) -> Iterator[Mistake]:
    spell = to_camel if spelling is Spelling.CAMEL else str
    present = {name: raw[spell(name)] for name in model.model_fields if spell(name) in raw}
    for rule in model.RULES:
        if rule.holds is not None and not rule.holds(present):
            where = path if rule.field is None else (*path, spell(rule.field))
            yield Mistake(where, rule.message)
    for name, submodel in _submodels(model).items():
        inner = present.get(name)
        here = (*path, spell(name))
        if isinstance(inner, dict):
            yield from _of_rules(submodel, inner, here, spelling)
        for index, item in enumerate(inner if isinstance(inner, list) else ()):
            if isinstance(item, dict):
                yield from _of_rules(submodel, item, (*here, index), spelling)


def _in_snake_case(text: str) -> str:
    names = {to_camel(name): name for name in _names(ClusterSpec)}
    return re.sub(r"\b[a-z]+[A-Z]\w*", lambda word: names.get(word[0], word[0]), text)


def _names(model: type[SpecModel]) -> set[str]:
    inner = (_names(each) for each in _submodels(model).values())
    return set(model.model_fields).union(*inner)
