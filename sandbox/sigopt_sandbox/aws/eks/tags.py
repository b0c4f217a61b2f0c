"""Tags of every EKS resource, by ARN: synchronous, in every state, never an update."""

from __future__ import annotations

from collections.abc import Iterator

from sigopt_sandbox.aws.eks.errors import ApiError
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place, Scope

MOST_TAGS = 50


def _documents(cluster: Cluster) -> Iterator[tuple[str, Doc]]:
    """Every taggable document of a cluster, with its ARN."""
    yield cluster.doc["arn"], cluster.doc
    yield from ((ng.doc["nodegroupArn"], ng.doc) for ng in cluster.nodegroups.values())
    yield from ((addon.doc["addonArn"], addon.doc) for addon in cluster.addons.values())
    yield from ((entry.doc["accessEntryArn"], entry.doc) for entry in cluster.access.values())
    yield from ((a["associationArn"], a) for a in cluster.associations.values())


def find(eks: Eks, arn: str) -> Doc | None:
    """The document of an ARN in any account and region, or None.

    A `*` for the last part, which a policy's resource may have, stands for whatever is there.
    """
    parts = arn.split(":", 5)
    names = parts[-1].split("/")
    if len(parts) != 6 or len(names) < 2:
        return None
    cluster = eks.world.get(Scope(parts[4], parts[3]), names[1])
    if cluster is None:
        return None
    for candidate, document in _documents(cluster):
        if candidate == arn or (arn.endswith("/*") and candidate.startswith(arn[:-1])):
            return document
    return None


def _tagged(eks: Eks, at: Place, params: Doc) -> Doc:
    arn = params["resourceArn"]
    if not arn.startswith("arn:") or arn.count(":") < 5:
        # Verbatim not found; these three operations have error types of their own (model).
        raise ApiError("BadRequestException", f"Invalid ARN: {arn}")
    found = find(eks, arn)
    if found is None or f":{at.scope.region}:{at.scope.account}:" not in arn:
        raise ApiError("NotFoundException", f"The resource {arn} was not found")
    return found


def tag_resource(eks: Eks, at: Place, params: Doc) -> Doc:
    """TagResource."""
    document = _tagged(eks, at, params)
    merged = {**document["tags"], **params["tags"]}
    if len(merged) > MOST_TAGS or any(key.startswith("aws:") for key in params["tags"]):
        raise ApiError("BadRequestException", f"At most {MOST_TAGS} tags, none beginning with aws:")
    document["tags"] = merged
    return {}


def untag_resource(eks: Eks, at: Place, params: Doc) -> Doc:
    """UntagResource."""
    document = _tagged(eks, at, params)
    document["tags"] = {k: v for k, v in document["tags"].items() if k not in params["tagKeys"]}
    return {}


def list_tags_for_resource(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListTagsForResource."""
    return {"tags": dict(_tagged(eks, at, params)["tags"])}
