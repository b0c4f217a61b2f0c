"""Tags on what stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigopt_operator.aws.clients import Clients
from sigopt_operator.plan.actions import Retag, TagScalingGroup
from sigopt_operator.plan.node_pools.group_tags import OURS

if TYPE_CHECKING:
    from types_boto3_autoscaling.type_defs import TagTypeDef

GROUP = "auto-scaling-group"


def retag(clients: Clients, action: Retag) -> None:
    """What EC2 has goes by its id, what EKS has by its ARN."""
    if action.id.startswith("arn:"):
        if action.put:
            clients.eks.tag_resource(resourceArn=action.id, tags=dict(action.put))
        if action.remove:
            clients.eks.untag_resource(resourceArn=action.id, tagKeys=list(action.remove))
    else:
        _tag_in_ec2(clients, [action.id], dict(action.put), action.remove)


def tag_scaling_group(clients: Clients, action: TagScalingGroup) -> None:
    """The instances first: the group's own tags say that all of it is done."""
    if action.on_instances:
        things = _instances_and_volumes(clients, action.group)
        gone = tuple(key for key in action.remove if not key.startswith(OURS))
        _tag_in_ec2(clients, things, dict(action.propagated), gone)
    tags = [_tag(action.group, key, value, launch=True) for key, value in action.propagated.items()]
    tags += [_tag(action.group, key, value, launch=False) for key, value in action.own.items()]
    if tags:
        clients.autoscaling.create_or_update_tags(Tags=tags)
    if action.remove:
        clients.autoscaling.delete_tags(
            Tags=[
                {"ResourceId": action.group, "ResourceType": GROUP, "Key": key}
                for key in action.remove
            ]
        )


def _tag(group: str, key: str, value: str, *, launch: bool) -> TagTypeDef:
    return {
        "ResourceId": group,
        "ResourceType": GROUP,
        "Key": key,
        "Value": value,
        "PropagateAtLaunch": launch,
    }


def _instances_and_volumes(clients: Clients, group: str) -> list[str]:
    answer = clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    instances = [
        each["InstanceId"] for told in answer["AutoScalingGroups"] for each in told["Instances"]
    ]
    if not instances:
        return []
    pages = clients.ec2.get_paginator("describe_volumes").paginate(
        Filters=[{"Name": "attachment.instance-id", "Values": instances}]
    )
    return instances + [volume["VolumeId"] for page in pages for volume in page["Volumes"]]


def _tag_in_ec2(
    clients: Clients, things: list[str], put: dict[str, str], remove: tuple[str, ...]
) -> None:
    if things and put:
        clients.ec2.create_tags(
            Resources=things, Tags=[{"Key": key, "Value": value} for key, value in put.items()]
        )
    if things and remove:
        clients.ec2.delete_tags(Resources=things, Tags=[{"Key": key} for key in remove])
