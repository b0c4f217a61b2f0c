"""One SigOptCluster as read from the API server."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from sigopt_operator.api import mistakes
from sigopt_operator.api.mistakes import Mistake, Spelling
from sigopt_operator.api.names import OWN_NAME_RULE
from sigopt_operator.api.spec import ClusterSpec, Provider
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
GOES_BY: Final = (
    "provider",
    "clusterName",
    "region",
    "network",
    "adopt",
    "paused",
    "managementPolicy",
    "deletionPolicy",
    "deletionProtection",
)
"""What a deletion goes by, beside the login: what is to be deleted, and whether at all."""


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
    deleting_since: datetime | None = None
    """The deletionTimestamp: when somebody asked for the deletion."""
    unreadable: tuple[str, ...] = ()
    """Fields that break the rules though a deletion goes by them, such as `spec.region`: nothing is
    deleted then, and least of all by what a spec means that says nothing there."""

    @property
    def cluster_name(self) -> str:
        """The cluster's name in AWS: `spec.clusterName`, or the resource's own name."""
        return self.spec.cluster_name or self.name

    @property
    def region(self) -> str | None:
        """The AWS region: the spec's, or where it was begun; None where neither says one.

        Only the operator may write a status, and it does before anything is made. So another
        default of the operator's moves no cluster.
        """
        return self.spec.region or (self.status.region if self.status else None)

    @classmethod
    def parse(cls, obj: Mapping[str, Any]) -> "SigOptCluster":
        """Read the JSON of the API server.

        Raises InvalidResource with every mistake of the spec, and never a value that may be secret:
        an API server with an older CRD, or an object older than a rule, may hold what is wrong now.
        One that is being deleted is never refused: what it made has to be found and taken away, and
        for that its names, credentials and policies are enough; `unreadable` has what of these is
        not to be read.
        A status that cannot be read counts as none: the next round writes it anew.
        """
        deletion = obj["metadata"].get("deletionTimestamp")
        deleting = deletion is not None
        wrong = find_mistakes(obj)
        if wrong and not deleting:
            raise InvalidResource(
                "; ".join(f"{mistakes.dotted(each.path)}: {each.message}" for each in wrong)
            )
        meta = obj["metadata"]
        spec, unreadable = (
            _what_a_deletion_goes_by(obj, wrong)
            if wrong
            else (ClusterSpec.model_validate(obj["spec"], by_alias=True, by_name=False), ())
        )
        return cls(
            namespace=meta["namespace"],
            name=meta["name"],
            uid=meta["uid"],
            generation=meta["generation"],
            resource_version=meta["resourceVersion"],
            deleting=deleting,
            finalizers=tuple(meta.get("finalizers", ())),
            spec=spec,
            status=status_of(obj),
            deleting_since=datetime.fromisoformat(deletion) if deletion else None,
            unreadable=unreadable,
        )


def find_mistakes(obj: Mapping[str, Any]) -> list[Mistake]:
    """Every mistake in the spec of a resource, and in its name; `metadata.name` must be there."""
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return [Mistake(("spec",), "is required, and a mapping of fields")]
    found = [
        Mistake(("spec", *each.path), each.message) for each in mistakes.find(spec, Spelling.CAMEL)
    ]
    if OWN_NAME_RULE.holds is not None and not OWN_NAME_RULE.holds(obj):
        found.append(Mistake(("spec", "clusterName"), OWN_NAME_RULE.message))
    return found


def _what_a_deletion_goes_by(
    obj: Mapping[str, Any], wrong: Collection[Mistake]
) -> tuple[ClusterSpec, tuple[str, ...]]:
    """As much of a spec that breaks the rules as a deletion goes by, and what of that does too."""
    told = obj.get("spec")
    if not isinstance(told, dict):
        return ClusterSpec(provider=Provider.AWS), ("spec",)
    login = _what_logs_in(told)
    kept = {name: told[name] for name in GOES_BY if told.get(name) is not None}
    kept |= {} if login is None else {"aws": login}
    # What a name may be also depends on the policy, which its type does not know.
    misnamed = any(each.path == ("spec", "clusterName") for each in wrong)
    readable = {name: kept[name] for name in kept if not (misnamed and name == "clusterName")}
    while True:
        try:
            spec = ClusterSpec.model_validate(
                {"provider": Provider.AWS.value, **readable}, by_alias=True, by_name=False
            )
        except ValidationError as error:
            for each in error.errors():
                readable.pop(str(each["loc"][0]), None)
        else:
            return spec, tuple(f"spec.{name}" for name in kept if name not in readable)


def _what_logs_in(told: Mapping[str, Any]) -> object:
    """The keys, the role and the external ID: without one of them it would be somebody else."""
    aws = told.get("aws")
    if not isinstance(aws, dict):
        return aws
    login = {name: aws.get(name) for name in ("credentialsSecretRef", "roleArn", "externalId")}
    if isinstance(secret := login["credentialsSecretRef"], dict):
        login["credentialsSecretRef"] = {"name": secret.get("name")}
    return {name: value for name, value in login.items() if value is not None} or None


def status_of(obj: Mapping[str, Any]) -> Status | None:
    """The status in the JSON of the API server; None where there is none that can be read."""
    try:
        return Status.model_validate(obj["status"], by_alias=True, by_name=False)
    except (KeyError, ValidationError):
        return None
