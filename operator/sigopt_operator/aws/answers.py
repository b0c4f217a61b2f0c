"""AWS's answers held against AWS's own model of them, before anybody reads them.

botocore does not judge what it parses: of a list that is a mapping it makes an empty one, of "yes"
a boolean that is false, of a page of some proxy an answer without members. What is not of the form
that the model has is unknown, never absent.

Members that are missing are the readers' to miss, because they know which AWS may leave out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from xml.etree import ElementTree

from botocore.utils import parse_timestamp

from sigopt_operator.aws.errors import AwsError, UnreadableError
from sigopt_operator.plan.trouble import UNREADABLE_ANSWER, Kind, Trouble

T = TypeVar("T")
MOST_PAGES: Final = 1_000
"""Of one list: a thousand of the smallest pages that any service sends is more than any quota."""
EARLIEST: Final = datetime(2006, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Nothing of AWS's is older than AWS."""


def pages(found: Iterable[T]) -> Iterator[T]:
    """The pages of a paginator, as long as they end; raises UnreadableError where they do not."""
    for number, page in enumerate(found):
        if number >= MOST_PAGES:
            raise UnreadableError(f"more than {MOST_PAGES} pages")
        yield page


def asked_for(told: str, name: str) -> str:
    """The name that AWS gives to what it describes, if that was asked for; else UnreadableError."""
    if told != name:
        raise UnreadableError(f"it is about {told}, and {name} was asked for")
    return told


def said(word: str) -> str:
    """A status, or another word that is never empty; raises UnreadableError for one that is."""
    if not word:
        raise UnreadableError("a status is empty")
    return word


def dated(moment: datetime) -> datetime:
    """The same moment, if it can be one of AWS's; raises UnreadableError for one far off."""
    if not EARLIEST <= moment < LATEST:
        raise UnreadableError(f"a date in the year {moment.year}")
    return moment


def judge(status: int, body: bytes, model: Any) -> None:
    """Raise AwsError for an answer to that operation that is not of its form.

    A refusal need only be JSON, or XML with a code: botocore reads no more of it. A failure of
    AWS's own (5xx) may be anything.
    """
    of_json = "json" in model.service_model.protocol
    if status >= 500:
        return
    try:
        root = json.loads(body or b"{}") if of_json else ElementTree.fromstring(body)  # noqa: S314 - AWS's
        (_answered if status < 300 else _refused)(root, model)
    except _WrongError as error:
        told = f"{error.where or 'the whole of it'} is {error.what}"
    except (ElementTree.ParseError, ValueError, RecursionError):
        told = f"it is no {'JSON' if of_json else 'XML'}"
    else:
        return
    raise _unreadable(model.name, told if status < 300 else f"{told}, after HTTP {status}")


def _answered(root: Any, model: Any) -> None:
    shape = model.output_shape
    if isinstance(root, ElementTree.Element):
        inner = _result(root, model.name, shape)
        if shape is not None:
            _xml(shape, inner, "")
    elif shape is not None:
        _json(shape, root, "")


def _refused(root: Any, _model: Any) -> None:
    if isinstance(root, ElementTree.Element):
        if not any(_tag(node) == "Code" for node in root.iter()):
            raise _WrongError("", f"<{_tag(root)[:40]}>")
    elif not isinstance(root, dict):
        raise _WrongError("", "no structure")


def _unreadable(operation: str, told: str) -> AwsError:
    words = f"the answer cannot be understood: {told}"
    return AwsError(Trouble(Kind.RETRY, UNREADABLE_ANSWER, words, operation))


class _WrongError(Exception):
    """What stands there is not of its form; its value is not told, for it may be secret."""

    def __init__(self, where: str, what: str) -> None:
        self.where = where
        self.what = what


def _json(shape: Any, value: Any, where: str) -> None:
    kind = shape.type_name
    if not _FORMS.get(kind, lambda _: True)(value):
        raise _WrongError(where, f"no {kind}")
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        for name, member in shape.members.items():
            inner = value.get(member.serialization.get("name", name))
            if inner is not None:  # null is as good as left out
                _json(member, inner, f"{where}.{name}".lstrip("."))
    elif kind == "list":
        for index, inner in enumerate(value):
            _json(shape.member, inner, f"{where}[{index}]")
    elif kind == "map":
        for inner in value.values():
            _json(shape.value, inner, f"{where}[]")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_moment(value: Any) -> bool:
    try:
        return parse_timestamp(value).tzinfo is not None
    except (ValueError, TypeError, OverflowError, RuntimeError):
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_FORMS: Final[dict[str, Callable[[Any], bool]]] = {
    "structure": lambda value: isinstance(value, dict),
    "map": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "string": _is_text,
    "blob": _is_text,
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_whole,
    "long": _is_whole,
    "float": _is_number,
    "double": _is_number,
    "timestamp": lambda value: not isinstance(value, bool) and _is_moment(value),
}


def _result(root: ElementTree.Element, operation: str, shape: Any) -> ElementTree.Element:
    """Where the members begin: the root, or its child that is called as the model has it."""
    if _tag(root) != f"{operation}Response":
        raise _WrongError("", f"<{_tag(root)[:40]}>")
    wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
    if wrapper is None:
        return root
    found = next((child for child in root if _tag(child) == wrapper), None)
    if found is None:
        raise _WrongError(wrapper, "missing")
    return found


def _xml(shape: Any, node: ElementTree.Element, where: str) -> None:
    kind, text = shape.type_name, (node.text or "").strip()
    outer = kind in ("structure", "list", "map")
    if (outer and text) or (not outer and (len(node) or not _TEXTS.get(kind, _is_text)(text))):
        raise _WrongError(where, f"no {kind}")
    if kind == "structure":
        named = {m.serialization.get("name", name): (name, m) for name, m in shape.members.items()}
        for child in node:
            name, member = named.get(_tag(child), ("", None))
            if member is not None and not member.serialization.get("flattened"):
                _xml(member, child, f"{where}.{name}".lstrip("."))
    elif kind == "list":
        item = shape.member.serialization.get("name", "member")
        for index, child in enumerate(node):
            if _tag(child) != item:
                raise _WrongError(where, "no list")
            _xml(shape.member, child, f"{where}[{index}]")


_TEXTS: Final[dict[str, Callable[[Any], bool]]] = {
    "boolean": lambda text: text in ("true", "false"),
    "timestamp": _is_moment,
}
"""Numbers botocore reads itself, and says where it cannot."""


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]
