"""EC2's filters over rows in the shape of botocore's model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from sigopt_sandbox.aws.errors import AwsError

Row = Mapping[str, Any]
Fields = Mapping[str, Callable[[Row], Iterable[Any]]]


def field(*path: str) -> Callable[[Row], Iterable[Any]]:
    """The values at a path of member names, through lists; nothing where it is absent."""

    def read(row: Any) -> Iterable[Any]:
        values = [row]
        for name in path:
            found = [value.get(name) for value in values if isinstance(value, Mapping)]
            values = [
                item for value in found for item in (value if isinstance(value, list) else [value])
            ]
        return [value for value in values if value is not None]

    return read


def select(
    rows: Iterable[Row], filters: Sequence[Mapping[str, Any]], fields: Fields, tags: str = "Tags"
) -> list[Row]:
    """The rows that pass every filter; AwsError for a filter that the call does not know."""
    tests = [_test(f["Name"], f.get("Values", []), fields, tags) for f in filters]
    return [row for row in rows if all(test(row) for test in tests)]


def _test(name: str, wanted: Sequence[str], fields: Fields, tags: str) -> Callable[[Row], bool]:
    if name.startswith("tag:"):
        key = name[4:]
        read: Callable[[Row], Iterable[Any]] = lambda row: (  # noqa: E731 # a table of readers
            tag.get("Value", "") for tag in row.get(tags, []) if tag["Key"] == key
        )
    elif name == "tag-key":
        read = lambda row: (tag["Key"] for tag in row.get(tags, []))  # noqa: E731 # as above
    elif name in fields:
        read = fields[name]
    else:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return lambda row: any(_matches(_text(value), wanted) for value in read(row))


def _matches(value: str, wanted: Sequence[str]) -> bool:
    return any(value == pattern or _glob(value, pattern) for pattern in wanted)


def _glob(value: str, pattern: str) -> bool:
    return ("*" in pattern or "?" in pattern) and fnmatchcase(value, pattern.replace("[", "[[]"))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
