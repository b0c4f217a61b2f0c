"""Insights: what EKS found out about a cluster's readiness; set through the admin API."""

from __future__ import annotations

from sigopt_sandbox.aws.eks import durations, versions
from sigopt_sandbox.aws.eks.errors import not_found
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.scheduler import Life
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place, new_uuid, wall_clock

# The checks the user guide names, all passing unless somebody says otherwise.
CHECKS = (
    "Deprecated APIs removed in Kubernetes v{next}",
    "Kubelet version skew",
    "kube-proxy version skew",
    "EKS add-on version compatibility",
    "Cluster health issues",
)
_SUMMARY = (
    "id",
    "name",
    "category",
    "kubernetesVersion",
    "lastRefreshTime",
    "lastTransitionTime",
    "description",
    "insightStatus",
)


def new_insight(cluster: Cluster, given: Doc) -> Doc:
    """An insight with everything it needs, from what a test gives of it."""
    now = wall_clock()
    following = f"1.{versions.minor(cluster.doc['version']) + 1}"
    return {
        "id": new_uuid(),
        "name": given.get("name", "Kubelet version skew"),
        "category": given.get("category", "UPGRADE_READINESS"),
        "kubernetesVersion": given.get("kubernetesVersion", following),
        "lastRefreshTime": now,
        "lastTransitionTime": now,
        "description": given.get("description", given.get("name", "")),
        "insightStatus": {
            "status": given.get("status", "PASSING"),
            "reason": given.get("reason", "No issues were found."),
        },
        "recommendation": given.get("recommendation", ""),
        "additionalInfo": {},
        "resources": list(given.get("resources", [])),
        "categorySpecificSummary": {"deprecationDetails": [], "addonCompatibilityDetails": []},
    }


def put(cluster: Cluster, given: list[Doc]) -> None:
    """Replace a cluster's insights (admin API)."""
    found = [new_insight(cluster, entry) for entry in given]
    cluster.insights = {insight["id"]: insight for insight in found}


def _present(cluster: Cluster) -> dict[str, Doc]:
    if not cluster.insights and cluster.status in ("ACTIVE", "UPDATING"):
        following = f"1.{versions.minor(cluster.doc['version']) + 1}"
        put(cluster, [{"name": check.format(next=following)} for check in CHECKS])
    return cluster.insights


def list_insights(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListInsights, by category, version and status."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    wanted = params.get("filter") or {}
    found = [
        {member: copied(insight[member]) for member in _SUMMARY}
        for insight in _present(cluster).values()
        if insight["category"] in wanted.get("categories", [insight["category"]])
        and insight["kubernetesVersion"]
        in wanted.get("kubernetesVersions", [insight["kubernetesVersion"]])
        and insight["insightStatus"]["status"]
        in wanted.get("statuses", [insight["insightStatus"]["status"]])
    ]
    return page(found, params, member="insights")


def describe_insight(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeInsight."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    found = _present(cluster).get(params["id"])
    if found is None:
        # Verbatim not found.
        raise not_found(f"No insight found for id: {params['id']}", clusterName=cluster.name)
    return {"insight": copied(found)}


def start_insights_refresh(eks: Eks, at: Place, params: Doc) -> Doc:
    """StartInsightsRefresh."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    cluster.insights_refresh = {
        "message": "Insights refresh is in progress",
        "status": "IN_PROGRESS",
        "startedAt": wall_clock(),
        "endedAt": None,
    }
    eks.scheduler.start(f"{cluster.key}/insights", _refresh(cluster))
    refresh = cluster.insights_refresh
    return {"message": refresh["message"], "status": refresh["status"]}


def _refresh(cluster: Cluster) -> Life:
    yield durations.INSIGHTS_REFRESH
    now = wall_clock()
    for insight in _present(cluster).values():
        insight["lastRefreshTime"] = now
    cluster.insights_refresh.update(
        message="Insights refresh is completed", status="COMPLETED", endedAt=now
    )


def describe_insights_refresh(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeInsightsRefresh: the last one that was started."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    if not cluster.insights_refresh:
        # Verbatim not found.
        raise not_found("No insights refresh was started", clusterName=cluster.name)
    return dict(cluster.insights_refresh)
