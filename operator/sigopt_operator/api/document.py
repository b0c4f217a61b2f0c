"""YAML with line numbers: what a file says, and on which line it says it.

Texts of errors never quote the file: a line of it may hold a key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from sigopt_operator.api.mistakes import Mistake, Path, dotted

TEXT_KEYS: Final = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


MOST_NODES: Final = 100_000
"""As it is read, with everything in the place of its aliases."""


@dataclass(frozen=True, order=True)
class Located:
    """A mistake and the line that it is on, counted from 1."""

    line: int
    message: str


class Unreadable(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """A file that cannot be used; `mistakes` has every reason, by line."""

    def __init__(self, mistakes: list[Located]) -> None:
        """Keep the mistakes in the order of their lines."""
        super().__init__("; ".join(f"line {each.line}: {each.message}" for each in mistakes))
        self.mistakes = sorted(mistakes)


@dataclass(frozen=True)
class Document:
    """One YAML document; `value` is its content, `node` the same with marks."""

    value: Any
    node: yaml.Node

    def line(self, path: Path) -> int:
        """The line of what stands at that path, or of the nearest that is there around it."""
        node, line = self.node, _line(self.node)
        for key in path:
            child = _child(node, key)
            if child is None:
                break
            node, line = child
        return line

    def locate(self, mistake: Mistake) -> Located:
        """Say on which line a mistake is."""
        where = dotted(mistake.path)
        message = f"{where}: {mistake.message}{self._hint(mistake.path)}"
        return Located(self.line(mistake.path), message)

    def _hint(self, path: Path) -> str:
        """YAML reads 1.20 as the number 1.2: the line as it should be."""
        key = str(path[-1])
        node = self._at(path)
        if key.lower().replace("_", "") != "kubernetesversion" or node is None:
            return ""
        number = node.tag in ("tag:yaml.org,2002:float", "tag:yaml.org,2002:int")
        return f" ({key}: '{node.value}')" if number else ""

    def _at(self, path: Path) -> yaml.Node | None:
        node = self.node
        for key in path:
            child = _child(node, key)
            if child is None:
                return None
            node = child[0]
        return node


def read(text: str) -> list[Document]:
    """Every document of a file that has any content.

    Raises Unreadable for what is no YAML, and for what YAML's readers pass over in silence: keys
    that stand twice in one mapping, or are no text.
    """
    try:
        nodes = list(yaml.compose_all(text, yaml.SafeLoader))
        if any(_size(node, {}) > MOST_NODES for node in nodes):
            raise Unreadable([Located(1, "its aliases make it larger than any resource can be")])
        odd = [each for node in nodes for each in _odd(node, ())]
        documents = [] if odd else [Document(_value(node), node) for node in nodes]
    except yaml.MarkedYAMLError as error:
        raise Unreadable([_syntax(error)]) from None
    except (yaml.YAMLError, RecursionError):
        raise Unreadable([Located(1, "is no text that YAML can read")]) from None
    if odd:
        raise Unreadable(odd)
    return [each for each in documents if each.value is not None]


def _value(node: yaml.Node) -> Any:
    try:
        return yaml.SafeLoader("").construct_document(node)
    except ValueError as error:  # a date such as 2026-02-30
        raise yaml.YAMLError from error


def _syntax(error: yaml.MarkedYAMLError) -> Located:
    mark = error.problem_mark or error.context_mark
    line = 1 if mark is None else mark.line + 1
    # PyYAML's own text goes on with a copy of the line.
    return Located(line, f"is no YAML: {error.problem or error.context}")


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes it is, each alias counted as what it stands for; a ring counts once."""
    if id(node) not in known:
        known[id(node)] = 1
        inner: Iterable[yaml.Node] = ()
        if isinstance(node, yaml.SequenceNode):
            inner = node.value
        elif isinstance(node, yaml.MappingNode):
            inner = (part for pair in node.value for part in pair)
        known[id(node)] = 1 + sum(_size(each, known) for each in inner)
    return known[id(node)]


def _odd(node: yaml.Node, above: tuple[int, ...]) -> Iterator[Located]:
    """Keys that stand twice or are no text, and rings; `above` are the nodes around this one."""
    if id(node) in above:
        yield Located(_line(node), "an alias refers to what it is part of")
        return
    inside = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _odd(item, inside)
    if isinstance(node, yaml.MappingNode):
        yield from _odd_keys(node)
        for _, value in node.value:
            yield from _odd(value, inside)


def _odd_keys(node: yaml.MappingNode) -> Iterator[Located]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if key.tag not in TEXT_KEYS:
            yield Located(_line(key), "a key must be text: put it in quotes")
        elif key.value in first:
            words = f"{key.value}: stands here a second time, first on line {first[key.value]}"
            yield Located(_line(key), words)
        else:
            first[key.value] = _line(key)


def _child(node: yaml.Node, key: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item, _line(item)
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, _line(name)
    return None


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1
