"""What stands in a cluster, remembered in a small part of the memory that its objects take.

It is more than all else that is remembered of a cluster, and looked at once a minute.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace

from sigopt_operator.plan.snapshot import Installed
from sigopt_operator.plan.workload.components.objects import ObjectId


@dataclass(frozen=True)
class Packed:
    """An `Installed`."""

    objects: bytes
    rest: Installed
    """All of it but the objects."""

    @classmethod
    def of(cls, found: Installed) -> Packed:
        """What was found, packed."""
        told = [[id_.kind, id_.namespace, id_.name, each] for id_, each in found.objects.items()]
        text = json.dumps(told, separators=(",", ":"))
        return cls(zlib.compress(text.encode(), 1), replace(found, objects={}))

    def unpacked(self) -> Installed:
        """The same as was packed."""
        told = json.loads(zlib.decompress(self.objects))
        return replace(self.rest, objects={ObjectId(*id_): each for *id_, each in told})
