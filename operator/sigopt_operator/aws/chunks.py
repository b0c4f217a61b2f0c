"""How much AWS takes in one call, and lists cut to that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
VALUES_AT_ONCE: Final = 200
"""Of one filter (EC2 API Reference, "List and filter using the CLI and API")."""
TAGGED_AT_ONCE: Final = 1_000
"""Resources of one call (EC2 API Reference, CreateTags, DeleteTags)."""
GROUP_TAGS_AT_ONCE: Final = 25
"""Tags of auto scaling groups put on or taken off in one call (Auto Scaling User Guide, "Tag naming
and usage restrictions")."""


def chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """The items in their order, in lists of at most `size`."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
