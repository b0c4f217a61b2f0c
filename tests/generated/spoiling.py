"""A document with something wrong somewhere in it, drawn by hypothesis."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st

NONSENSE: Final[tuple[Any, ...]] = (
    *(None, True, False, [], {}, [None], {"": ""}, {"a": None}, [[]], [{}]),
    *(-1, 0, 1, 0.5, 1.0, 1e3, 1e21, 2**31, 2**63 - 1, 2**63, -(2**63)),
    *("", " ", "0", "null", "true", "\x00", "\n", "\u202e", "\ud83d", "\U0001f680", "é" * 70),
    *("*", "..", "../x", "x" * 5_000, "$(x)", "{{x}}", '"', "-", "Plan", "custom", "k8s.io/x"),
    json.loads('{"a":[' * 20 + "1" + "]}" * 20),
)
Path = tuple[str | int, ...]


@st.composite
def spoiled(draw: st.DrawFn, documents: st.SearchStrategy[Any], most: int = 3) -> Any:
    """One of the documents after one to `most` changes that no schema has asked for."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, most))):
        places = list(_places(document))
        path = places[draw(st.integers(0, len(places) - 1))]
        document = _changed(draw, document, path)
    return document


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(each, (*path, key))


def _changed(draw: st.DrawFn, document: Any, path: Path) -> Any:
    if not path:
        return _grown(draw, document)
    *above, last = path
    outer = document
    for key in above:
        outer = outer[key]
    how = draw(st.sampled_from(("replaced", "replaced", "gone", "grown")))
    if how == "gone":
        del outer[last]
    elif how == "grown":
        outer[last] = _grown(draw, outer[last])
    else:
        outer[last] = copy.deepcopy(draw(st.sampled_from(NONSENSE)))
    return document


def _grown(draw: st.DrawFn, value: Any) -> Any:
    more = copy.deepcopy(draw(st.sampled_from(NONSENSE)))
    match value:
        case dict():
            named = draw(st.sampled_from(("name", "region", "extra", "", "cpu", "custom", "a.b/c")))
            return {**value, named: more}
        case list():
            return [*value, more, *value]
        case str():
            return f"{value}{more}"
    return [value]
