"""Values that a structural schema admits, drawn by hypothesis from the schema itself.

So a field that is added to the CRD is tried without anybody thinking of it. What only CEL says is
heeded where it is a pattern, by which most of the rules of single fields are written; rules about
several fields are left to whoever judges what was drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from sigopt_operator.api.rules import PRESERVED, VALIDATIONS

Schema = Mapping[str, Any]
Strategy = st.SearchStrategy[Any]

ASCII: Final = st.characters(codec="ascii")
SHORT: Final = 24
"""Characters of a free text; and a list or a map has at most `FEW` items."""
FEW: Final = 3
LARGEST: Final = 2**63 - 1
_OF_TEXT: Final = re.compile(r"self\.matches\(r'\^\((?P<is>.*)\)\$'\)")
_OF_KEYS: Final = re.compile(r"self\.all\(key, key\.matches\(r'\^\((?P<is>.*)\)\$'\)\)")
_OF_VALUES: Final = re.compile(r"self\.all\(key, self\[key\]\.matches\(r'\^\((?P<is>.*)\)\$'\)\)")
MOMENTS: Final = (
    "2026-01-01T00:00:00Z",
    "2026-01-01t00:00:00.123456789z",
    "2026-02-29T23:59:60Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
)

JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=FEW) | st.dictionaries(st.text(max_size=8), inner, max_size=FEW)
    ),
    max_leaves=8,
)


def values(schema: Schema) -> Strategy:
    """What the schema admits."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "string":
            return _texts(schema)
        case "integer":
            least = schema.get("minimum", -LARGEST)
            most = schema.get("maximum", LARGEST)
            return st.integers(least, most) | st.integers(least, least + 4)
        case "boolean":
            return st.booleans()
        case "array":
            return _lists(schema)
        case "object" if schema.get(PRESERVED):
            return st.dictionaries(st.text(max_size=8), JSON, max_size=FEW)
        case "object" if "additionalProperties" in schema:
            return _maps(schema)
        case "object":
            return _objects(schema)
    raise NotImplementedError(schema["type"])


def _objects(schema: Schema) -> Strategy:
    fields = {name: values(each) for name, each in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: each for name, each in fields.items() if name in required},
        optional={name: each for name, each in fields.items() if name not in required},
    )


def _maps(schema: Schema) -> Strategy:
    longest = schema["additionalProperties"].get("maxLength", SHORT)
    keys = _matching(_pattern(schema, _OF_KEYS), SHORT)
    held = _matching(_pattern(schema, _OF_VALUES), longest)
    return st.dictionaries(keys, held, max_size=min(FEW, schema["maxProperties"]))


def _lists(schema: Schema) -> Strategy:
    keys = schema.get("x-kubernetes-list-map-keys")
    alike = (lambda item: tuple(item[key] for key in keys)) if keys else repr
    least = schema.get("minItems", 0)
    most = max(least, min(FEW, schema["maxItems"]))
    return st.lists(values(schema["items"]), min_size=least, max_size=most, unique_by=alike)


def _texts(schema: Schema) -> Strategy:
    if schema.get("format") == "date-time":
        return st.sampled_from(MOMENTS)
    return _matching(_pattern(schema, _OF_TEXT), schema["maxLength"])


def _matching(pattern: str | None, longest: int) -> Strategy:
    if pattern is None:
        return st.text(max_size=min(SHORT, longest))
    found = st.from_regex(_shorter(pattern), fullmatch=True, alphabet=ASCII)
    return found.filter(lambda text: len(text) <= longest)


def _shorter(pattern: str) -> str:
    """The pattern with fewer repetitions, or most of what is drawn would be letters of one name."""
    for often, seldom in ((r"\]\*", "]{0,6}"), (r"\]\+", "]{1,6}"), (r"\)\*", "){0,1}")):
        pattern = re.sub(often, seldom, pattern)
    return re.sub(r"\{(\d+),\d{2,}\}", r"{\1,9}", re.sub(r"\)\+", "){1,2}", pattern))


def _pattern(schema: Schema, form: re.Pattern[str]) -> str | None:
    for rule in schema.get(VALIDATIONS, ()):
        if found := form.fullmatch(rule["rule"]):
            return found["is"]
    return None
