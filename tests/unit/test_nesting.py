"""JSON that is too deep for Python is cut, and all else is left as it is."""

import json

import pytest

from sigopt_operator.runtime.nesting import MOST, loads, within


def nested(levels: int, begin: str = '{"a":', end: str = "}") -> str:
    return begin * levels + "1" + end * levels


def depth(value: object) -> int:
    levels = 0
    level = [value]
    while level := [inner for outer in level for inner in _inside(outer)]:
        levels += 1
    return levels


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{}", id="nothing"),
        pytest.param('{"a": [1, {"b": "x"}], "c": null}', id="all forms"),
        pytest.param(nested(MOST), id="as deep as may be"),
        pytest.param(json.dumps(["[" * 500, "{" * 500]), id="brackets in text"),
        pytest.param(json.dumps({'"[' * 200: "\\" + '"{' * 200}), id="quotes and backslashes"),
        pytest.param("[" + "[]," * 5000 + "[]]", id="many side by side"),
        pytest.param('"\u00e9\U0001f600\\ud83d"', id="beyond ASCII"),
    ],
)
def test_what_is_not_too_deep_is_left_as_it_is(text: str) -> None:
    assert within(text.encode()) == text.encode()
    assert loads(text) == json.loads(text)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        pytest.param('{"a":', "}", id="mappings"),
        pytest.param("[", "]", id="lists"),
        pytest.param('[{"]":', "}]", id="both"),
    ],
)
def test_what_is_too_deep_is_null_and_what_stands_beside_it_stays(begin: str, end: str) -> None:
    text = f'{{"before": 1, "deep": {nested(9_000, begin, end)}, "after": [2, "}}"]}}'
    found = loads(text)
    assert (found["before"], found["after"]) == (1, [2, "}"])
    assert depth(found) == MOST


def test_each_of_several_too_deep_ones_is_cut() -> None:
    found = loads(f"[{nested(200)}, 5, {nested(300)}]")
    assert [depth(each) for each in found] == [MOST - 1, 0, MOST - 1]
    assert found[1] == 5


@pytest.mark.parametrize("text", ["[" * 9_000, '{"a": ' + "[" * 200, "]" * 9_000, "", "nonsense"])
def test_what_is_no_json_stays_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(text)
