"""What is remembered of a cluster, in a fifth of the memory that its objects take.

It is most of what the operator's memory grows by with each cluster, and each thing of it is looked
at once a minute.
"""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass
from typing import Any, Self

QUICKLY = 1
"""zlib's word for it."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A value, for this process alone."""

    data: bytes

    @classmethod
    def of(cls, value: object) -> Self:
        """The value, packed."""
        return cls(zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), QUICKLY))

    def unpacked(self) -> Any:
        """Equal to what was packed."""
        return pickle.loads(zlib.decompress(self.data))  # noqa: S301 - never from outside
