"""Tags of every EKS resource, by ARN: synchronous, in every state, never an update."""

from __future__ import annotations

from sigopt_sandbox.aws.eks.errors import ApiError
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place

MOST_TAGS = 50


def _documents(cluster: Cluster) -> dict[str, Doc]:
    """Every taggable document of a cluster, by ARN."""
    found = {cluster.doc["arn"]: cluster.doc}
    found.update({ng.doc["nodegroupArn"]: ng.doc for ng in cluster.nodegroups.values()})
    found.update({addon.doc["addonArn"]: addon.doc for addon in cluster.addons.values()})
    found.update({e.doc["accessEntryArn"]: e.doc for e in cluster.access.values()})
    found.update({a["associationArn"]: a for a in cluster.associations.values()})
    return found


def find(eks: Eks, arn: str) -> Doc | None:
    """The document of an ARN in any account and region, or None."""
    for cluster in eks.world.clusters.values():
        found = _documents(cluster).get(arn)
        if found is not None:
            return found
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
