"""Answers of a cluster's API, whole, of a size that fits into memory, and within seconds.

EKS runs its API servers, but not all that answers there: whoever administers a cluster may have an
API of their own served at its address (an APIService). What is too much for the operator would be
too much for all its clusters.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kubernetes.client import ApiClient
from urllib3 import BaseHTTPResponse, PoolManager

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one answer. A Node has some 20 kB, a Pod 10; lists are asked for in pages."""
MOST_PARTS: Final = 500_000
"""Of one answer: a page of Nodes has some 100,000. Small ones need twenty times the memory of their
text."""
WITHIN: Final = 20.0
"""Seconds for the whole answer."""
ALL_WITHIN: Final = 60.0
"""Seconds for all answers that one client reads. It is made for one errand, of some pages; and who
waits for it has other clusters to look after."""
CHUNK: Final = 64 * 1024


class AnswerTooLargeError(ValueError):
    """An answer larger than any that is asked for."""


@dataclass(frozen=True)
class Answer:
    """What the official client takes of a response."""

    status: int
    reason: str
    data: bytes = field(repr=False)
    headers: Mapping[str, str]


def bounded(api: ApiClient, within: float = WITHIN) -> ApiClient:
    """The client, which from now on reads no more of an answer than that; `within` is seconds."""
    pool = _Pool(api.rest_client.pool_manager, within, time.monotonic() + ALL_WITHIN)
    api.rest_client.pool_manager = pool  # type: ignore[assignment]  # request and clear suffice
    return api


def parsed(text: bytes) -> Any:
    """The JSON of an answer; AnswerTooLargeError, or ValueError where it is none."""
    if sum(map(text.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise AnswerTooLargeError(f"an answer of more than {MOST_PARTS} parts")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("an answer of too many levels") from None


class _Pool:
    """In the place of the official client's own."""

    def __init__(self, pool: PoolManager, within: float, ends: float) -> None:
        """`ends` is on the monotonic clock, and holds for all of it."""
        self._pool = pool
        self._within = within
        self._ends = ends

    def request(self, method: str, url: str, **told: Any) -> Answer:
        """One request; TimeoutError, AnswerTooLargeError or urllib3's."""
        until = min(time.monotonic() + self._within, self._ends)
        if time.monotonic() > self._ends:
            raise TimeoutError("its answers take too long, all in all")
        response = self._pool.request(
            method, url, **told | {"preload_content": False, "redirect": False}
        )
        try:
            data = _read(response, until)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return Answer(response.status, response.reason or "", data, dict(response.headers))

    def clear(self) -> None:
        """Hang up."""
        self._pool.clear()


def _read(response: BaseHTTPResponse, until: float) -> bytes:
    """Piece by piece as they come: each waits for no longer than the client's own time-out.

    As it was sent: a compressed one, for which nobody asked, may be of any size.
    """
    data = bytearray()
    while piece := response.read1(CHUNK, decode_content=False):
        data += piece
        if len(data) > MOST_BYTES:
            raise AnswerTooLargeError(f"an answer of more than {MOST_BYTES} bytes")
        if time.monotonic() > until:
            raise TimeoutError("no whole answer in time")
    return bytes(data)
