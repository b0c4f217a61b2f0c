"""Tags on what stands.

What is no longer wanted goes before the rest is put on: AWS admits 50 tags for each thing, which a
tag under another key would exceed for a moment. Killed between, the next round puts on what lacks;
the stack, which remembers the former tags, is changed last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sigopt_operator.aws.chunks import GROUP_TAGS_AT_ONCE, TAGGED_AT_ONCE, VALUES_AT_ONCE, chunks
from sigopt_operator.aws.clients import Clients
from sigopt_operator.plan.actions import Retag, TagScalingGroup
from sigopt_operator.plan.node_pools.group_tags import OURS
from sigopt_operator.plan.ownership import TAG_UID

if TYPE_CHECKING:
    from types_boto3_autoscaling.type_defs import TagTypeDef
    from types_boto3_ec2.type_defs import TagTypeDef as Ec2TagTypeDef

GROUP = "auto-scaling-group"


def retag(clients: Clients, action: Retag) -> None:
    """What EC2 has goes by its id, what EKS has by its ARN."""
    if action.id.startswith("arn:"):
        if action.remove:
            clients.eks.untag_resource(resourceArn=action.id, tagKeys=list(action.remove))
        if action.put:
            clients.eks.tag_resource(resourceArn=action.id, tags=dict(action.put))
    else:
        _tag_in_ec2(clients, [action.id], action.put, action.remove)


def tag_scaling_group(clients: Clients, action: TagScalingGroup) -> None:
    """The instances first: the group's own tags say that all of it is done."""
    if action.on_instances:
        instances = _instances(clients, action.group)
        things = [*instances, *_own_volumes(clients, instances, action.uid)]
        gone = {key: value for key, value in action.remove.items() if not key.startswith(OURS)}
        _tag_in_ec2(clients, things, action.propagated, gone)
    for keys in chunks(list(action.remove), GROUP_TAGS_AT_ONCE):
        clients.autoscaling.delete_tags(
            Tags=[{"ResourceId": action.group, "ResourceType": GROUP, "Key": key} for key in keys]
        )
    tags = [_tag(action.group, key, value, launch=True) for key, value in action.propagated.items()]
    tags += [_tag(action.group, key, value, launch=False) for key, value in action.own.items()]
    for some in chunks(tags, GROUP_TAGS_AT_ONCE):
        clients.autoscaling.create_or_update_tags(Tags=some)


def _tag(group: str, key: str, value: str, *, launch: bool) -> TagTypeDef:
    return {
        "ResourceId": group,
        "ResourceType": GROUP,
        "Key": key,
        "Value": value,
        "PropagateAtLaunch": launch,
    }


def _instances(clients: Clients, group: str) -> list[str]:
    answer = clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    return [
        each["InstanceId"] for told in answer["AutoScalingGroups"] for each in told["Instances"]
    ]


def _own_volumes(clients: Clients, instances: list[str], uid: str) -> Iterator[str]:
    """Those that the launch template made; claims and people attach others, which are not ours."""
    for some in chunks(instances, VALUES_AT_ONCE):
        pages = clients.ec2.get_paginator("describe_volumes").paginate(
            Filters=[
                {"Name": "attachment.instance-id", "Values": some},
                {"Name": f"tag:{TAG_UID}", "Values": [uid]},
            ]
        )
        yield from (volume["VolumeId"] for page in pages for volume in page["Volumes"])


def _tag_in_ec2(
    clients: Clients, things: list[str], put: Mapping[str, str], remove: Mapping[str, str]
) -> None:
    """A tag to be removed whose value somebody changed stays: EC2 compares the values."""
    for some in chunks(things, TAGGED_AT_ONCE):
        if remove:
            clients.ec2.delete_tags(Resources=some, Tags=_pairs(remove))
        if put:
            clients.ec2.create_tags(Resources=some, Tags=_pairs(put))


def _pairs(tags: Mapping[str, str]) -> list[Ec2TagTypeDef]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
