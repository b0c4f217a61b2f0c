"""What belongs to a control plane: node groups, add-ons, access entries, launch templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.answers import asked_for, dated, pages, said
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, is_code, translated
from sigopt_operator.plan.node_pools.part import is_launch_template
from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.ownership import TAG_UID
from sigopt_operator.plan.snapshot import (
    AccessEntry,
    Addon,
    LaunchTemplate,
    NodeGroup,
    PodIdentity,
    ScalingGroup,
)

if TYPE_CHECKING:
    from types_boto3_eks.type_defs import AccessScopeOutputTypeDef, NodegroupTypeDef

GONE = "ResourceNotFoundException"


def list_node_groups(clients: Clients, cluster: str) -> tuple[str, ...]:
    """Names of the cluster's node groups, anybody's."""
    with translated():
        found = pages(clients.eks.get_paginator("list_nodegroups").paginate(clusterName=cluster))
        return tuple(name for page in found for name in page["nodegroups"])


def read_node_group(clients: Clients, cluster: str, name: str) -> NodeGroup | None:
    """One node group; None when it went since it was listed."""
    with translated():
        try:
            answer = clients.eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)
        except ClientError as error:
            if is_code(error, GONE):
                return None
            raise
        return _node_group(answer["nodegroup"], name)


def read_scaling_groups(clients: Clients, names: tuple[str, ...]) -> dict[str, ScalingGroup]:
    """Auto scaling groups by name; one that is gone is left out."""
    with translated():
        answer = clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=list(names))
        found = [
            ScalingGroup(
                name=told["AutoScalingGroupName"],
                min_size=told["MinSize"],
                max_size=told["MaxSize"],
                desired_size=told["DesiredCapacity"],
                # EKS gives each some of its own.
                tags={tag["Key"]: tag.get("Value", "") for tag in told["Tags"]},
            )
            for told in answer["AutoScalingGroups"]
        ]
        return {group.name: group for group in found}


def list_addons(clients: Clients, cluster: str) -> tuple[str, ...]:
    """Names of the cluster's managed add-ons."""
    with translated():
        found = pages(clients.eks.get_paginator("list_addons").paginate(clusterName=cluster))
        return tuple(name for page in found for name in page["addons"])


def read_addon(clients: Clients, cluster: str, name: str) -> Addon | None:
    """One add-on; None when it went since it was listed."""
    with translated():
        try:
            told = clients.eks.describe_addon(clusterName=cluster, addonName=name)["addon"]
        except ClientError as error:
            if is_code(error, GONE):
                return None
            raise
        issues = told.get("health", {}).get("issues", [])
        return Addon(
            name=asked_for(told["addonName"], name),
            status=said(told["status"]),
            created_at=dated(told["createdAt"]),
            arn=told.get("addonArn", ""),
            version=told["addonVersion"],
            tags=told["tags"],
            configuration=told.get("configurationValues") or "",
            health=tuple(f"{i.get('code')}: {i.get('message')}" for i in issues),
        )


def read_access_entry(clients: Clients, cluster: str, arn: str) -> AccessEntry | None:
    """The entry of a principal with its policies; None without one."""
    with translated():
        try:
            answer = clients.eks.list_associated_access_policies(
                clusterName=cluster, principalArn=arn
            )
        except ClientError as error:
            if is_code(error, GONE):
                return None
            raise
        policies = {
            told["policyArn"].rsplit("/", 1)[-1]: _namespaces(told["accessScope"])
            for told in answer["associatedAccessPolicies"]
        }
        return AccessEntry(arn, policies)


def _namespaces(scope: AccessScopeOutputTypeDef) -> tuple[str, ...]:
    match scope["type"]:
        case "cluster":
            return ()
        case "namespace":
            return tuple(sorted(scope["namespaces"]))
        case other:
            raise UnreadableError(f"an access policy of scope {other}, which is unknown")


def read_tagged_entry(clients: Clients, cluster: str, arn: str) -> AccessEntry | None:
    """The entry of a principal with its tags and its date, without its policies; or None."""
    with translated():
        try:
            told = clients.eks.describe_access_entry(clusterName=cluster, principalArn=arn)
        except ClientError as error:
            if is_code(error, GONE):
                return None
            raise
        entry = told["accessEntry"]
        return AccessEntry(
            arn,
            arn=entry["accessEntryArn"],
            tags=entry["tags"],
            made_at=dated(made_at) if (made_at := entry.get("createdAt")) else None,
        )


def read_pod_identity(
    clients: Clients, cluster: str, namespace: str, service_account: str
) -> PodIdentity | None:
    """The association of a service account, anybody's; None where it has none."""
    with translated():
        try:
            listed = clients.eks.list_pod_identity_associations(
                clusterName=cluster, namespace=namespace, serviceAccount=service_account
            )["associations"]
            if not listed:
                return None
            told = clients.eks.describe_pod_identity_association(
                clusterName=cluster, associationId=listed[0]["associationId"]
            )["association"]
        except ClientError as error:
            if is_code(error, GONE):
                return None
            raise
        return PodIdentity(
            id=told["associationId"],
            role_arn=told["roleArn"],
            arn=told.get("associationArn", ""),
            tags=told["tags"],
        )


def list_access_entries(clients: Clients, cluster: str) -> tuple[str, ...]:
    """ARNs of all principals that have an entry."""
    with translated():
        found = pages(
            clients.eks.get_paginator("list_access_entries").paginate(clusterName=cluster)
        )
        return tuple(arn for page in found for arn in page["accessEntries"])


def read_launch_templates(clients: Clients, cluster: str) -> tuple[LaunchTemplate, ...]:
    """Launch templates that are called like those of the cluster's pools, anybody's."""
    with translated():
        found = clients.ec2.get_paginator("describe_launch_templates").paginate(
            Filters=[{"Name": "launch-template-name", "Values": [f"{cluster}-*"]}]
        )
        return tuple(
            LaunchTemplate(
                name=told["LaunchTemplateName"],
                id=told["LaunchTemplateId"],
                tags={tag["Key"]: tag["Value"] for tag in told.get("Tags", [])},
            )
            for page in pages(found)
            for told in page["LaunchTemplates"]
            if is_launch_template(_asked_for(told["LaunchTemplateName"], cluster), cluster)
        )


def _asked_for(name: str, cluster: str) -> str:
    """What is not called so is no answer to what was asked."""
    if not name.startswith(f"{cluster}-"):
        raise UnreadableError(f"launch template {name}, which was not asked for")
    return name


def _node_group(told: NodegroupTypeDef, name: str) -> NodeGroup:
    scaling, tags = told["scalingConfig"], told["tags"]
    groups = told.get("resources", {}).get("autoScalingGroups", [])
    return NodeGroup(
        name=asked_for(told["nodegroupName"], name),
        status=said(told["status"]),
        created_at=dated(told["createdAt"]),
        modified_at=dated(told["modifiedAt"]),
        arn=told.get("nodegroupArn", ""),
        instance_types=tuple(told.get("instanceTypes") or ()),
        min_size=scaling["minSize"],
        max_size=scaling["maxSize"],
        desired_size=scaling["desiredSize"],
        version=told["version"],
        auto_scaling_group=next((group["name"] for group in groups), ""),
        # The operator's own always have some; of others' it does not matter.
        labels=told["labels"] if TAG_UID in tags else told.get("labels", {}),
        taints=tuple(
            # One without a value comes back without the field.
            Taint(taint["key"], taint.get("value", ""), taint["effect"])
            for taint in told.get("taints") or ()
        ),
        tags=tags,
        health=tuple(
            f"{i.get('code')}: {i.get('message')}" for i in told.get("health", {}).get("issues", [])
        ),
    )
