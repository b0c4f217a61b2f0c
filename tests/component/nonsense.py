"""Answers that no service of AWS should give, made of those that it does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from botocore.model import OperationModel
from tests.component.rounds import Rig
from tests.fakes.aws_on_wire import AwsOnWire, Document, is_json

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.shared import Shared
from sigopt_operator.plan.login import Login

Path = tuple[str | int, ...]
Damage = Callable[[bytes], tuple[bytes, str] | bytes]
Spoil = Callable[[Document], Document]
HTML = b"<html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>"
ERROR = b"<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>"

WHOLE: dict[str, Damage] = {
    "a page of a proxy": lambda _: (HTML, "text/html"),
    "the first half": lambda body: body[: len(body) // 2],
    "all but the last byte": lambda body: body[:-1],
    "not UTF-8": lambda body: body[:8] + b"\xff\xfe" + body[8:],
    "JSON of many levels": lambda _: b"[" * 5_000 + b"]" * 5_000,
    "a list": lambda _: b"[]",
    "an error of JSON": lambda _: b'{"__type": "InternalFailure", "message": "oops"}',
    "an error of XML": lambda _: ERROR,
}
"""What becomes of a whole body, with a 200 before it."""

OTHER: dict[str, tuple[Any, ...]] = {
    "structure": ([], "text", {}),
    "list": ({}, "text"),
    "map": ([], "text"),
    "string": (17, {"a": "b"}, ["a"]),
    "integer": ("many", 1.5, True),
    "double": ("many",),
    "boolean": ("yes", 1),
    "timestamp": ("soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-23T12:00:00"),
}
"""What stands in the place of each form."""
NO_NONSENSE_IN_XML = {"structure": (), "list": ("text",), "map": ("text",), "string": ({"a": "b"},)}
"""An element that is empty, or a number, is as good a list or a text as any."""


@dataclass(frozen=True)
class Member:
    """Something that stands in an answer."""

    path: Path
    form: str
    """As botocore's model has it."""

    def __str__(self) -> str:
        return ".".join(map(str, self.path))


class Begun(ClientSource):
    """Of a process that began just now: clients that were told nothing yet.

    They take long to make, so they are those of the former process.
    """

    def __init__(self, source: ClientSource) -> None:
        self._source = source
        self._made: list[tuple[Clients, Clients]] = []

    def clients(self, login: Login, region: str) -> Clients:
        former = self._source.clients(login, region)
        for had, made in self._made:
            if had is former:
                return made
        self._made.append((former, replace(former, shared=Shared())))
        return self._made[-1][1]

    def forget(self, clients: Clients) -> None:
        for had, made in self._made:
            if made is clients:
                self._source.forget(had)


@dataclass
class WireRig(Rig):
    """A rig whose AWS is behind real clients."""

    wire: AwsOnWire = field(kw_only=True)
    source: ClientSource | None = None

    def restart(self) -> None:
        super().restart()
        if self.source is None:
            self.source = ClientSource(self.api.read_secret, Budgets(Time(), 1e9))
        looking = replace(self.reconciler.looking, source=Begun(self.source))
        self.reconciler = replace(self.reconciler, looking=looking)


@dataclass(frozen=True)
class Nonsense:
    """One answer as it should not be."""

    operation: str
    name: str
    damage: Damage | None = None
    spoil: Spoil | None = None
    service: str = ""
    """Where two have an operation of this name."""

    def only_of(self, service: str) -> Nonsense:
        """The same, of that service alone."""
        return replace(self, service=service)

    def begin(self, wire: AwsOnWire) -> None:
        """From now on AWS answers so."""
        if self.damage:
            wire.damage = lambda op, body: self._of(op, body, self.damage)
        if self.spoil:
            wire.spoil = lambda op, document: self._of(op, document, self.spoil)

    def _of(self, operation: OperationModel, told: Any, change: Any) -> Any:
        service = operation.service_model.service_name
        same = operation.name == self.operation and self.service in ("", service)
        return change(told) if same else told


def end(wire: AwsOnWire) -> None:
    """From now on AWS answers as it should."""
    wire.damage = lambda _, body: body
    wire.spoil = lambda _, document: document


def broken(operation: str) -> Iterator[Nonsense]:
    """Everything that may become of a whole body."""
    for name, damage in WHOLE.items():
        yield Nonsense(operation, name, damage=damage)


def lacking(model: OperationModel, document: Document) -> Iterator[tuple[Member, Nonsense]]:
    """The answer without one of its members, for each of them."""
    for member in members(document, model.output_shape):
        if isinstance(member.path[-1], str):
            without = partial(
                _changed, path=member.path, change=lambda inside, key: inside.pop(key)
            )
            yield member, Nonsense(model.name, f"without {member}", spoil=without)


def odd(model: OperationModel, document: Document) -> Iterator[tuple[Member, Nonsense]]:
    """The answer with null, or with something of another form, in the place of each member."""
    for member in members(document, model.output_shape):
        forms = OTHER.get(member.form, ())
        if not is_json(model):
            forms = NO_NONSENSE_IN_XML.get(member.form, forms)
        elif isinstance(member.path[-1], str):
            forms = (None, *forms)
        for value in forms:
            put = partial(_changed, path=member.path, change=partial(_put, value))
            yield member, Nonsense(model.name, f"{value!r} at {member}", spoil=put)


def members(document: Document, shape: Any, path: Path = ()) -> Iterator[Member]:
    """Everything in it; of a list the first item. What stands in a map is anybody's."""
    if path:
        yield Member(path, shape.type_name)
    match document:
        case dict() if shape.type_name == "structure":
            for name, each in document.items():
                yield from members(each, shape.members[name], (*path, name))
        case [first, *_]:
            yield from members(first, shape.member, (*path, 0))


def _put(value: Any, inside: Any, key: str | int) -> None:
    inside[key] = value


def _changed(document: Document, path: Path, change: Callable[[Any, Any], Any]) -> Document:
    """The document with the change at that path, where it has anything there."""
    found = copy.deepcopy(document)
    inside = found
    try:
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]]
    except (KeyError, IndexError):
        return found
    change(inside, path[-1])
    return found
