"""What exists in EKS, for the sandbox's dump and its leak check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc

Kinds = dict[str, dict[str, Doc]]


class Part(Protocol):
    """How much is asked for (`sigopt_sandbox.aws.dump.Part`)."""

    def has(self, account: str) -> bool:
        """Whether things of this account are asked for."""
        ...

    def told(self, facts: Doc, record: object) -> Doc:
        """The facts, with the whole record where that is asked for."""
        ...


def dump(eks: Eks, part: Part) -> dict[str, Kinds]:
    """`{"<account>/<region>": {"eks:cluster": {"demo": {"tags": {...}, ...}}}}`.

    Access entries and updates live and die with their cluster: they are in its record alone.
    """
    found: dict[str, Kinds] = {}
    for cluster in eks.world.clusters.values():
        if not part.has(cluster.scope.account):
            continue
        where = f"{cluster.scope.account}/{cluster.scope.region}"
        kinds = found.setdefault(where, {})
        for kind, name, facts in _things(cluster, part):
            kinds.setdefault(kind, {})[name] = facts
    return found


def _things(cluster: Cluster, part: Part) -> Iterator[tuple[str, str, Doc]]:
    name = cluster.name
    yield "eks:cluster", name, part.told(_facts(cluster.doc, cluster.status), _of_cluster(cluster))
    for nodegroup in cluster.nodegroups.values():
        doc = nodegroup.doc
        facts = _facts(doc, doc["status"])
        yield "eks:nodegroup", f"{name}/{doc['nodegroupName']}", part.told(facts, doc)
    for addon in cluster.addons.values():
        doc = addon.doc
        facts = _facts(doc, doc["status"])
        yield "eks:addon", f"{name}/{doc['addonName']}", part.told(facts, doc)
    for association in cluster.associations.values():
        key = f"{name}/{association['associationId']}"
        yield (
            "eks:podidentityassociation",
            key,
            part.told(_facts(association, "ACTIVE"), association),
        )


def _of_cluster(cluster: Cluster) -> Doc:
    access = {
        arn: {**entry.doc, "policies": list(entry.policies.values())}
        for arn, entry in cluster.access.items()
    }
    updating = [update.doc for update in cluster.updates.values() if update.running]
    return {**cluster.doc, "access": access, "updating": updating}


def _facts(doc: Doc, status: str) -> Doc:
    return {"status": status, "tags": dict(doc.get("tags") or {})}
