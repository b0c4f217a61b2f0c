"""The YAML of a kubeconfig as plain text, lists and mappings, within limits, without YAML's arts.

No tag makes an object, no alias multiplies what is written once, no number is computed: every
scalar is the text that stands there. Errors name a line and quote nothing: it may hold a key.
"""

from __future__ import annotations

from typing import Final

import yaml

from sigopt_operator.cluster.custom.errors import KubeconfigError
from sigopt_operator.plan.connection.fault import Fault

MOST_BYTES: Final = 256 * 1024
"""Some fifty contexts with certificates inside; a Secret has a megabyte at most."""
MOST_NODES: Final = 5_000
DEEPEST: Final = 16
"""Levels; a kubeconfig without `exec` has six."""

Plain = str | list["Plain"] | dict[str, "Plain"] | None

_SCALARS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "null", "bool", "int", "float", "timestamp", "merge", "value")
)
_NULL: Final = "tag:yaml.org,2002:null"
_COLLECTIONS: Final = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


def read_plain(data: bytes) -> dict[str, Plain]:
    """The mapping that the text is; KubeconfigError says on which line it cannot be read."""
    if len(data) > MOST_BYTES:
        raise _unreadable(f"has {len(data)} bytes, and more than {MOST_BYTES} are not read")
    try:
        node = yaml.compose(data.decode("utf-8-sig"), _Suspicious)
        content = None if node is None else _plain(node)
    except UnicodeDecodeError:
        raise _unreadable("is no text in UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable("is no YAML", None if mark is None else mark.line) from None
    except yaml.YAMLError:  # control characters
        raise _unreadable("is no text that YAML can read") from None
    if not isinstance(content, dict):
        raise _unreadable("is no kubeconfig: a mapping with clusters, users and contexts")
    return content


class _Suspicious(yaml.SafeLoader):
    """Composes nodes up to the limits, and never what is referred to by an alias."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._nodes = 0
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # typed in part
        line = event.start_mark.line if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise _unreadable("refers to another part by an alias (*), which is not followed", line)
        self._nodes += 1
        self._depth += 1
        if self._nodes > MOST_NODES or self._depth > DEEPEST:
            raise _unreadable("has more parts or levels than a kubeconfig", line)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _plain(node: yaml.Node) -> Plain:
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return None if node.tag == _NULL else str(node.value)
    if node.tag not in _COLLECTIONS:
        raise _unreadable("has a tag (!) that no kubeconfig has", node.start_mark.line)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    found: dict[str, Plain] = {}
    for key, value in node.value:
        name = _plain(key)
        if not isinstance(name, str):
            raise _unreadable("has a key that is no text", key.start_mark.line)
        if name in found:
            raise _unreadable("has the same key twice in one mapping", key.start_mark.line)
        found[name] = _plain(value)
    return found


def _unreadable(what: str, line: int | None = None) -> KubeconfigError:
    where = "" if line is None else f"line {line + 1} "
    told = f"{where}{what}; write it anew: kubectl config view --raw --minify --flatten"
    return KubeconfigError(Fault("KubeconfigUnreadable", told))
