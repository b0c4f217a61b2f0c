"""Node groups and their launch templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from sigopt_operator.act.repeated import existing_is_fine, gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError, is_code
from sigopt_operator.plan.actions import (
    CreateNodeGroup,
    DeleteLaunchTemplate,
    DeleteNodeGroup,
    UpdateNodeGroupConfig,
    UpdateNodeGroupVersion,
)
from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.ownership import TAG_ATTEMPT, TAG_UID, conflict
from sigopt_operator.plan.trouble import Kind, Trouble

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import RequestLaunchTemplateDataTypeDef, TagTypeDef
    from types_boto3_eks.literals import AMITypesType
    from types_boto3_eks.type_defs import (
        NodegroupScalingConfigTypeDef,
        TaintTypeDef,
        UpdateNodegroupConfigRequestTypeDef,
    )

ROOT_DEVICE = "/dev/xvda"
"""Of every AL2023 image."""


def create_node_group(clients: Clients, action: CreateNodeGroup) -> None:
    """Make the launch template where it is missing, then begin the node group."""
    _ensure_launch_template(clients, action)
    with existing_is_fine():
        clients.eks.create_nodegroup(
            clusterName=action.cluster,
            nodegroupName=action.name,
            scalingConfig={
                "minSize": action.min_size,
                "maxSize": action.max_size,
                "desiredSize": action.desired_size,
            },
            subnets=list(action.subnet_ids),
            instanceTypes=list(action.instance_types),
            capacityType="SPOT" if action.spot else "ON_DEMAND",
            amiType=cast("AMITypesType", action.ami_type),
            nodeRole=action.role_arn,
            labels=dict(action.labels),
            taints=_taints(action.taints),
            launchTemplate={"name": action.launch_template, "version": "1"},
            tags=dict(action.tags),
            clientRequestToken=action.token,
        )


def update_node_group_config(clients: Clients, action: UpdateNodeGroupConfig) -> None:
    """Begin the change; without a desired size the autoscaler's stays."""
    request: UpdateNodegroupConfigRequestTypeDef = {
        "clusterName": action.cluster,
        "nodegroupName": action.name,
        "clientRequestToken": action.token,
    }
    if action.limits:
        scaling: NodegroupScalingConfigTypeDef = {
            "minSize": action.limits[0],
            "maxSize": action.limits[1],
        }
        if action.desired_size is not None:
            scaling["desiredSize"] = action.desired_size
        request["scalingConfig"] = scaling
    if action.labels or action.no_labels:
        request["labels"] = {
            "addOrUpdateLabels": dict(action.labels),
            "removeLabels": list(action.no_labels),
        }
    if action.taints or action.no_taints:
        request["taints"] = {
            "addOrUpdateTaints": _taints(action.taints),
            "removeTaints": _taints(action.no_taints),
        }
    clients.eks.update_nodegroup_config(**request)


def update_node_group_version(clients: Clients, action: UpdateNodeGroupVersion) -> None:
    """Begin the replacement of its nodes, with the launch template that it has."""
    clients.eks.update_nodegroup_version(
        clusterName=action.cluster,
        nodegroupName=action.name,
        version=action.version,
        clientRequestToken=action.token,
    )


def delete_node_group(clients: Clients, action: DeleteNodeGroup) -> None:
    """Begin draining and deleting; of a failed one the number of its attempt is kept before."""
    if action.failed:
        template, attempt = action.failed
        clients.ec2.create_tags(Resources=[template], Tags=_ec2_tags({TAG_ATTEMPT: str(attempt)}))
    with gone_is_fine():
        clients.eks.delete_nodegroup(clusterName=action.cluster, nodegroupName=action.name)


def delete_launch_template(clients: Clients, action: DeleteLaunchTemplate) -> None:
    """Delete it by id; one that is gone is success."""
    with gone_is_fine("InvalidLaunchTemplateId.NotFound"):
        clients.ec2.delete_launch_template(LaunchTemplateId=action.id)


def _ensure_launch_template(clients: Clients, action: CreateNodeGroup) -> None:
    name = action.launch_template
    # Without a token of ours: its name is one, and EC2 takes a token with other data, which another
    # version of the operator may have, for a mistake (EC2 API Reference, "Ensuring idempotency").
    try:
        clients.ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData=_data(action),
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": _ec2_tags(action.tags)}],
        )
    except ClientError as error:
        if not is_code(error, "InvalidLaunchTemplateName.AlreadyExistsException"):
            raise
        _refuse_foreign(clients, action)


def _refuse_foreign(clients: Clients, action: CreateNodeGroup) -> None:
    name = action.launch_template
    answer = clients.ec2.describe_launch_templates(LaunchTemplateNames=[name])
    tags = {tag["Key"]: tag["Value"] for tag in answer["LaunchTemplates"][0].get("Tags", [])}
    if tags.get(TAG_UID) != action.tags[TAG_UID]:
        told = conflict("launch template", name)
        raise AwsError(Trouble(Kind.REFUSED, "NameConflict", told, "CreateLaunchTemplate"))


def _taints(taints: tuple[Taint, ...]) -> list[TaintTypeDef]:
    return [
        cast("TaintTypeDef", {"key": t.key, "value": t.value, "effect": t.effect}) for t in taints
    ]


def _ec2_tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _data(action: CreateNodeGroup) -> RequestLaunchTemplateDataTypeDef:
    tags = _ec2_tags({**action.tags, "Name": f"{action.cluster}-{action.name}"})
    return {
        # Two hops, so that pods with host networking off can still reach it through the CNI. Tags
        # are said to be off, because an account's default may have them on, and keys with a slash,
        # as EKS's and ours have, are refused then (eksctl-io/eksctl issue 8446).
        "MetadataOptions": {
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 2,
            "InstanceMetadataTags": "disabled",
        },
        "BlockDeviceMappings": [
            {
                "DeviceName": ROOT_DEVICE,
                "Ebs": {
                    "VolumeSize": action.volume_size,
                    "VolumeType": "gp3",
                    "Encrypted": True,
                    "DeleteOnTermination": True,
                },
            }
        ],
        "TagSpecifications": [
            {"ResourceType": "instance", "Tags": tags},
            {"ResourceType": "volume", "Tags": tags},
        ],
    }
