"""JSON of the management cluster, read so that no depth of nesting can hurt.

The API server takes some ten thousand levels (kubernetes-sigs/json) where a schema keeps what it
does not know, and Python's parser gives up at a thousand: one manifest of a few kilobytes would
blind the watch of all others. So what is nested deeper than anything that is read here is null.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import aiohttp

MOST: Final = 100
"""Levels of one text: a list of resources, or an event of a watch, has a dozen."""

_STRING: Final = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_STRINGS: Final = re.compile(_STRING)
_TOKENS: Final = re.compile(_STRING + rb"|[\[{\]}]")
_BUT_BRACKETS: Final = bytes(set(range(256)) - set(b"[{]}"))


def within(text: bytes) -> bytes:
    """The same JSON, with null in place of every list and mapping deeper than `MOST` levels."""
    return _cut(text) if _deeper(text) else text


def loads(text: str | bytes) -> Any:
    """What the JSON says, as far as `within` leaves it; raises ValueError for what is none."""
    return json.loads(within(text.encode() if isinstance(text, str) else text))


class Response(aiohttp.ClientResponse):
    """An answer whose JSON is never too deep to be parsed, read as a whole or line by line."""

    async def start(self, connection: Any) -> Response:
        """aiohttp's hook: the body begins."""
        await super().start(connection)
        self.content = _Lines(self.content)  # type: ignore[assignment] # stands in for it
        return self

    async def json(self, **asked: Any) -> Any:
        """See aiohttp."""
        return await super().json(**{"loads": loads, **asked})


class _Lines:
    """The stream of a body, handed out in whole lines, each of bounded depth."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def iter_chunked(self, size: int) -> Any:
        """As the stream's own."""
        begun: list[bytes] = []
        async for data in self._stream.iter_chunked(size):
            end, *lines = data.split(b"\n")
            begun.append(end)
            for line in lines:
                yield within(b"".join(begun)) + b"\n"
                begun = [line]
        yield within(b"".join(begun))


def _deeper(text: bytes) -> bool:
    depth = 0
    for bracket in _STRINGS.sub(b"", text).translate(None, _BUT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > MOST:
            return True
    return False


def _cut(text: bytes) -> bytes:
    depth, begin, kept = 0, 0, []
    for found in _TOKENS.finditer(text):
        token = found[0]
        if token in (b"[", b"{"):
            depth += 1
            if depth == MOST + 1:
                kept += [text[begin : found.start()], b"null"]
        elif token in (b"]", b"}"):
            depth -= 1
            if depth == MOST:
                begin = found.end()
    # What ends amid the deep is no JSON, and stays none.
    return b"".join([*kept, text[begin:] if depth <= MOST else b""])
