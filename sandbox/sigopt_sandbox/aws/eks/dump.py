"""What exists in EKS, for the sandbox's dump and its leak check."""

from __future__ import annotations

from collections.abc import Iterator

from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc

Kinds = dict[str, dict[str, Doc]]


def dump(eks: Eks) -> dict[str, Kinds]:
    """`{"<account>/<region>": {"eks:cluster": {"demo": {"tags": {...}, ...}}}}`.

    Access entries and updates live and die with their cluster and are not listed.
    """
    found: dict[str, Kinds] = {}
    for cluster in eks.world.clusters.values():
        where = f"{cluster.scope.account}/{cluster.scope.region}"
        kinds = found.setdefault(where, {})
        for kind, name, facts in _things(cluster):
            kinds.setdefault(kind, {})[name] = facts
    return found


def _things(cluster: Cluster) -> Iterator[tuple[str, str, Doc]]:
    name = cluster.name
    yield "eks:cluster", name, _facts(cluster.doc, cluster.status)
    for nodegroup in cluster.nodegroups.values():
        doc = nodegroup.doc
        yield "eks:nodegroup", f"{name}/{doc['nodegroupName']}", _facts(doc, doc["status"])
    for addon in cluster.addons.values():
        doc = addon.doc
        yield "eks:addon", f"{name}/{doc['addonName']}", _facts(doc, doc["status"])
    for association in cluster.associations.values():
        key = f"{name}/{association['associationId']}"
        yield "eks:podidentityassociation", key, _facts(association, "ACTIVE")


def _facts(doc: Doc, status: str) -> Doc:
    return {"status": status, "tags": dict(doc.get("tags") or {})}
