"""What EKS offers, what speaks against it, and what became of updates that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.answers import dated, pages
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, is_code, translated
from sigopt_operator.plan.snapshot import AddonOffer, Release, Update

if TYPE_CHECKING:
    from types_boto3_eks.type_defs import (
        AddonInfoTypeDef,
        ClusterVersionInformationTypeDef,
        UpdateTypeDef,
    )

GONE = "ResourceNotFoundException"
OWNERS = ("aws", "community")
"""Add-ons of the AWS Marketplace are many, and keep the version that the spec pins."""


def read_releases(clients: Clients) -> tuple[Release, ...]:
    """The Kubernetes versions that EKS offers, newest first."""
    with translated():
        found = [
            Release(told["clusterVersion"], _support_ends(told))
            for page in pages(clients.eks.get_paginator("describe_cluster_versions").paginate())
            for told in page["clusterVersions"]
        ]
        if not found:
            raise UnreadableError("EKS offers no version")
        return tuple(sorted(found, key=_order, reverse=True))


def _support_ends(told: ClusterVersionInformationTypeDef) -> datetime | None:
    ends = told.get("endOfStandardSupportDate")
    return dated(ends) if ends else None


def _order(release: Release) -> list[int]:
    return [int(number) for number in release.version.split(".")]


def read_addon_offers(clients: Clients, version: str) -> dict[str, AddonOffer]:
    """What fits that version of Kubernetes: of every add-on the default and all versions."""
    with translated():
        listed = clients.eks.get_paginator("describe_addon_versions").paginate(
            kubernetesVersion=version, owners=list(OWNERS)
        )
        found = {
            told["addonName"]: AddonOffer(
                default=next(_defaults(told, version), ""),
                versions=tuple(release["addonVersion"] for release in told["addonVersions"]),
            )
            for page in pages(listed)
            for told in page["addons"]
        }
        if not found:
            raise UnreadableError("EKS offers no add-on")
        return found


def _defaults(told: AddonInfoTypeDef, version: str) -> Iterator[str]:
    for release in told["addonVersions"]:
        for fit in release["compatibilities"]:
            if fit["clusterVersion"] == version and fit["defaultVersion"]:
                yield release["addonVersion"]


def read_insights(clients: Clients, cluster: str, version: str) -> tuple[str, ...]:
    """What EKS reports as an error for the upgrade to that version, in its own words."""
    with translated():
        found = clients.eks.get_paginator("list_insights").paginate(
            clusterName=cluster,
            filter={
                "categories": ["UPGRADE_READINESS"],
                "statuses": ["ERROR"],
                "kubernetesVersions": [version],
            },
        )
        return tuple(
            f"{told['name']}: {told.get('insightStatus', {}).get('reason', '')}"
            for page in pages(found)
            for told in page["insights"]
        )


def list_updates(
    clients: Clients, cluster: str, *, node_group: str | None = None, addon: str | None = None
) -> tuple[str, ...]:
    """Ids of the updates of the cluster itself, or of one node group or add-on of it."""
    with translated():
        paginator = clients.eks.get_paginator("list_updates")
        try:
            if node_group:
                found = paginator.paginate(name=cluster, nodegroupName=node_group)
            elif addon:
                found = paginator.paginate(name=cluster, addonName=addon)
            else:
                found = paginator.paginate(name=cluster)
            return tuple(update for page in pages(found) for update in page["updateIds"])
        except ClientError as error:
            if is_code(error, GONE):
                return ()
            raise


def read_update(
    clients: Clients,
    cluster: str,
    update: str,
    *,
    node_group: str | None = None,
    addon: str | None = None,
) -> Update | None:
    """One update; None right after it began, when EKS may not know it yet."""
    with translated():
        try:
            if node_group:
                answer = clients.eks.describe_update(
                    name=cluster, updateId=update, nodegroupName=node_group
                )
            elif addon:
                answer = clients.eks.describe_update(name=cluster, updateId=update, addonName=addon)
            else:
                answer = clients.eks.describe_update(name=cluster, updateId=update)
        except ClientError as error:
            if is_code(error, GONE):
                return None
            raise
        return _update(answer["update"])


def _update(told: UpdateTypeDef) -> Update:
    asked: dict[str, str] = {param["type"]: param["value"] for param in told.get("params", [])}
    return Update(
        id=told["id"],
        kind=told["type"],
        status=told["status"],
        created_at=dated(told["createdAt"]),
        version=asked.get("Version") or asked.get("AddonVersion") or "",
        configuration=asked.get("ConfigurationValues", ""),
        asked=asked,
        errors=tuple(_words(error) for error in told.get("errors", [])),
    )


def _words(error: object) -> str:
    told = error if isinstance(error, dict) else {}
    ids = ", ".join(told.get("resourceIds") or ())
    words = f"{told.get('errorCode')}: {told.get('errorMessage')}"
    return f"{words} ({ids})" if ids else words
