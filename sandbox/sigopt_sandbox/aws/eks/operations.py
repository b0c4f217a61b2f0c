"""The table of simulated operations; everything else of the model says that it is not simulated."""

from __future__ import annotations

from sigopt_sandbox.aws.eks import (
    access,
    access_policies,
    addon_catalogue,
    addons,
    cluster_config,
    cluster_updates,
    clusters,
    insights,
    nodegroup_updates,
    nodegroups,
    pod_identity,
    tags,
    updates,
    versions,
)
from sigopt_sandbox.aws.eks.errors import ApiError, not_simulated
from sigopt_sandbox.aws.eks.model import Answer, Model, Request
from sigopt_sandbox.aws.eks.service import Eks, Operation
from sigopt_sandbox.aws.eks.store import Place

OPERATIONS: dict[str, Operation] = {
    "AssociateAccessPolicy": access.associate_access_policy,
    "AssociateEncryptionConfig": cluster_updates.associate_encryption_config,
    "CancelUpdate": cluster_updates.cancel_update,
    "CreateAccessEntry": access.create_access_entry,
    "CreateAddon": addons.create_addon,
    "CreateCluster": clusters.create_cluster,
    "CreateNodegroup": nodegroups.create_nodegroup,
    "CreatePodIdentityAssociation": pod_identity.create_pod_identity_association,
    "DeleteAccessEntry": access.delete_access_entry,
    "DeleteAddon": addons.delete_addon,
    "DeleteCluster": clusters.delete_cluster,
    "DeleteNodegroup": nodegroups.delete_nodegroup,
    "DeletePodIdentityAssociation": pod_identity.delete_pod_identity_association,
    "DescribeAccessEntry": access.describe_access_entry,
    "DescribeAddon": addons.describe_addon,
    "DescribeAddonConfiguration": addon_catalogue.describe_addon_configuration,
    "DescribeAddonVersions": addon_catalogue.describe_addon_versions,
    "DescribeCluster": clusters.describe_cluster,
    "DescribeClusterVersions": versions.describe_cluster_versions,
    "DescribeInsight": insights.describe_insight,
    "DescribeInsightsRefresh": insights.describe_insights_refresh,
    "DescribeNodegroup": nodegroups.describe_nodegroup,
    "DescribePodIdentityAssociation": pod_identity.describe_pod_identity_association,
    "DescribeUpdate": updates.describe_update,
    "DisassociateAccessPolicy": access.disassociate_access_policy,
    "ListAccessEntries": access.list_access_entries,
    "ListAccessPolicies": access_policies.list_access_policies,
    "ListAddons": addons.list_addons,
    "ListAssociatedAccessPolicies": access.list_associated_access_policies,
    "ListClusters": clusters.list_clusters,
    "ListInsights": insights.list_insights,
    "ListNodegroups": nodegroups.list_nodegroups,
    "ListPodIdentityAssociations": pod_identity.list_pod_identity_associations,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ListUpdates": updates.list_updates,
    "StartInsightsRefresh": insights.start_insights_refresh,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateAccessEntry": access.update_access_entry,
    "UpdateAddon": addons.update_addon,
    "UpdateClusterConfig": cluster_config.update_cluster_config,
    "UpdateClusterVersion": cluster_updates.update_cluster_version,
    "UpdateNodegroupConfig": nodegroup_updates.update_nodegroup_config,
    "UpdateNodegroupVersion": nodegroup_updates.update_nodegroup_version,
    "UpdatePodIdentityAssociation": pod_identity.update_pod_identity_association,
}


def perform(
    eks: Eks,
    model: Model,
    at: Place,
    method: str,
    raw_path: str,
    query: dict[str, list[str]],
    body: bytes,
) -> Answer:
    """Serve one request of the EKS API; what is due by now has happened before it."""
    eks.scheduler.run_due()
    try:
        request = model.read(method, raw_path, query, body)
        answer = model.answer(request.operation, _run(eks, at, request))
    except ApiError as error:
        return model.refusal(error)
    eks.scheduler.run_due()
    return answer


def _run(eks: Eks, at: Place, request: Request) -> dict[str, object]:
    operation = OPERATIONS.get(request.operation)
    if operation is None:
        raise not_simulated(request.operation)
    return operation(eks, at, request.params)
