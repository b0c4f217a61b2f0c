"""Updates: one record per accepted change, InProgress until it is Successful or Failed."""

from __future__ import annotations

from sigopt_sandbox.aws.eks.errors import not_found
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place, Update, new_uuid, wall_clock


def new_update(kind: str, params: list[tuple[str, str]]) -> Update:
    """A fresh update in progress; `params` as (type, value), values always strings."""
    return Update(
        {
            "id": new_uuid(),
            "status": "InProgress",
            "type": kind,
            "params": [{"type": name, "value": value} for name, value in params],
            "createdAt": wall_clock(),
            "errors": [],
        }
    )


def succeed(update: Update) -> None:
    """It ended well."""
    update.doc["status"] = "Successful"


def fail(update: Update, code: str, message: str, resource_ids: list[str]) -> None:
    """It ended Failed, for one reason."""
    update.doc["status"] = "Failed"
    update.doc["errors"] = [
        {"errorCode": code, "errorMessage": message, "resourceIds": resource_ids}
    ]


def answer(update: Update) -> Doc:
    """The output of every operation that begins an update."""
    return {"update": copied(update.doc)}


def _updates_of(cluster: Cluster, params: Doc) -> dict[str, Update]:
    nodegroup, addon = params.get("nodegroupName"), params.get("addonName")
    if nodegroup:
        found = cluster.nodegroups.get(nodegroup)
        if found is None:
            raise not_found(
                f"No node group found for name: {nodegroup}.",
                clusterName=cluster.name,
                nodegroupName=nodegroup,
            )
        return found.updates
    if addon:
        if addon not in cluster.addons:
            raise not_found(
                f"No addon: {addon} found in cluster: {cluster.name}",
                clusterName=cluster.name,
                addonName=addon,
            )
        return cluster.addons[addon].updates
    return cluster.updates


def list_updates(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListUpdates: ids only, of the cluster or of one node group or add-on of it."""
    updates = _updates_of(eks.cluster(at.scope, params["name"]), params)
    return page(list(updates), params, member="updateIds")


def describe_update(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeUpdate: those of node groups and add-ons are found only with their name."""
    cluster = eks.cluster(at.scope, params["name"])
    found = _updates_of(cluster, params).get(params["updateId"])
    if found is None:
        raise not_found(f"No update found for ID: {params['updateId']}", clusterName=cluster.name)
    return answer(found)
