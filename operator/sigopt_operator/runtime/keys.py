"""How a resource is called everywhere in the operator."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One SigOptCluster of the management cluster, by the only thing that does not change."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """As people write it: `namespace/name`."""
        return f"{self.namespace}/{self.name}"
