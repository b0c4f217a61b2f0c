"""One SigOptCluster as read from the API server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from sigopt_operator.api.spec import ClusterSpec
from sigopt_operator.api.status import Status

GROUP: Final = "orchestrate.sigopt.com"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
KIND: Final = "SigOptCluster"
LIST_KIND: Final = "SigOptClusterList"
PLURAL: Final = "sigoptclusters"
SINGULAR: Final = "sigoptcluster"
SHORT: Final = "soc"
FINALIZER: Final = "orchestrate.sigopt.com/cluster"


class InvalidResource(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """The object is no SigOptCluster that this operator understands; the text is for people."""


@dataclass(frozen=True)
class SigOptCluster:
    """A wish (`spec`), what was last said about it (`status`), and who it is (the metadata)."""

    namespace: str
    name: str
    uid: str
    generation: int
    resource_version: str
    deleting: bool
    finalizers: tuple[str, ...]
    spec: ClusterSpec
    status: Status | None

    @property
    def cluster_name(self) -> str:
        """The cluster's name in AWS: `spec.clusterName`, or the resource's own name."""
        return self.spec.cluster_name or self.name

    @classmethod
    def parse(cls, obj: Mapping[str, Any]) -> "SigOptCluster":
        """Read the JSON of the API server.

        Raises InvalidResource with every mistake of the spec, and never a value that may be secret.
        A status that cannot be read counts as none: the next round writes it anew.
        """
        meta = obj["metadata"]
        try:
            spec = ClusterSpec.model_validate(obj.get("spec", {}), by_alias=True, by_name=False)
        except ValidationError as error:
            raise InvalidResource(_explain(error)) from None
        return cls(
            namespace=meta["namespace"],
            name=meta["name"],
            uid=meta["uid"],
            generation=meta["generation"],
            resource_version=meta["resourceVersion"],
            deleting="deletionTimestamp" in meta,
            finalizers=tuple(meta.get("finalizers", ())),
            spec=spec,
            status=_status(obj),
        )


def _explain(error: ValidationError) -> str:
    mistakes = error.errors(include_input=False, include_url=False)
    return "; ".join(f"spec.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in mistakes)


def _status(obj: Mapping[str, Any]) -> Status | None:
    try:
        return Status.model_validate(obj["status"], by_alias=True, by_name=False)
    except (KeyError, ValidationError):
        return None
