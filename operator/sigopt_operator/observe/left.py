"""What stands in the cluster's network in AWS when it is to be deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sigopt_operator.aws.answers import dated, pages
from sigopt_operator.aws.chunks import VALUES_AT_ONCE, chunks
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import translated
from sigopt_operator.observe.readings import Readings
from sigopt_operator.plan.network.design import VPC
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.left import (
    ClaimedVolume,
    Interface,
    Left,
    LoadBalancer,
    SecurityGroup,
    TargetGroup,
    Volume,
    made_for_claim,
    of_cluster,
    of_cluster_alone,
)

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import NetworkInterfaceTypeDef, SecurityGroupTypeDef

TAGS_AT_ONCE = 20
"""Names or ARNs that one DescribeTags of Elastic Load Balancing takes."""
WITH_THE_STACK = frozenset({"nat_gateway"})
"""The kinds of interfaces that go with a part of the stack, and not before it."""
GOING = ("deleting", "deleted")
FREE = ("available", "error")
"""States of a volume that can be deleted; one in any other is waited for."""


def left_of(want: Wish, read: Readings, seen: Snapshot) -> Left | None:
    """What stands in our own network; in somebody else's what is the cluster's alone."""
    own = _own_vpc(want, seen)
    vpc_id = own or _foreign_vpc(want, read, seen)
    if not vpc_id:
        return None
    claimed = seen.workload.volumes if seen.workload else ()
    left = read_left(read.clients, vpc_id, want.cluster_name, claimed)
    return left if own else of_cluster_alone(left, want.cluster_name)


def _own_vpc(want: Wish, seen: Snapshot) -> str:
    if seen.stack is None or not ours(seen.stack.tags, want.uid):
        return ""
    made = seen.stack.resources.get(VPC)
    return made.physical_id if made else ""


def _foreign_vpc(want: Wish, read: Readings, seen: Snapshot) -> str:
    stack, cluster = seen.stack, seen.cluster
    if cluster is not None:
        return cluster.vpc_id if ours(cluster.tags, want.uid) else ""
    if stack is None or not ours(stack.tags, want.uid) or not want.subnet_ids:
        return ""
    return next((subnet.vpc_id for subnet in read.subnets(want.subnet_ids)), "")


def read_left(
    clients: Clients, vpc_id: str, cluster: str, claimed: Sequence[ClaimedVolume]
) -> Left:
    """Load balancers, target groups, groups and interfaces of a VPC, and the volumes of claims."""
    with translated():
        return Left(
            load_balancers=(
                *_load_balancers(clients, vpc_id, cluster),
                *_classic_load_balancers(clients, vpc_id, cluster),
            ),
            target_groups=tuple(_target_groups(clients, vpc_id, cluster)),
            security_groups=tuple(_security_groups(clients, vpc_id)),
            interfaces=tuple(_interfaces(clients, vpc_id)),
            volumes=tuple(_volumes(clients, cluster, claimed)),
        )


def _load_balancers(clients: Clients, vpc_id: str, cluster: str) -> Iterator[LoadBalancer]:
    listed = pages(clients.elbv2.get_paginator("describe_load_balancers").paginate())
    found = [lb for page in listed for lb in page["LoadBalancers"] if lb["VpcId"] == vpc_id]
    names = {lb["LoadBalancerArn"]: lb["LoadBalancerName"] for lb in found}
    for arn in _tagged_arns(clients, list(names), cluster):
        yield LoadBalancer(names[arn], arn)


def _classic_load_balancers(clients: Clients, vpc_id: str, cluster: str) -> Iterator[LoadBalancer]:
    listed = pages(clients.elb.get_paginator("describe_load_balancers").paginate())
    found = [lb for page in listed for lb in page["LoadBalancerDescriptions"]]
    here = [lb["LoadBalancerName"] for lb in found if lb.get("VPCId") == vpc_id]
    for names in chunks(here, TAGS_AT_ONCE):
        told = clients.elb.describe_tags(LoadBalancerNames=names)["TagDescriptions"]
        for one in told:
            if of_cluster(_tags(one["Tags"]), cluster):
                yield LoadBalancer(one["LoadBalancerName"])


def _target_groups(clients: Clients, vpc_id: str, cluster: str) -> Iterator[TargetGroup]:
    listed = pages(clients.elbv2.get_paginator("describe_target_groups").paginate())
    found = [g for page in listed for g in page["TargetGroups"] if g.get("VpcId") == vpc_id]
    names = {group["TargetGroupArn"]: group["TargetGroupName"] for group in found}
    for arn in _tagged_arns(clients, list(names), cluster):
        yield TargetGroup(names[arn], arn)


def _tagged_arns(clients: Clients, arns: list[str], cluster: str) -> Iterator[str]:
    for some in chunks(arns, TAGS_AT_ONCE):
        for told in clients.elbv2.describe_tags(ResourceArns=some)["TagDescriptions"]:
            if of_cluster(_tags(told["Tags"]), cluster):
                yield told["ResourceArn"]


def _security_groups(clients: Clients, vpc_id: str) -> Iterator[SecurityGroup]:
    listed = clients.ec2.get_paginator("describe_security_groups").paginate(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}]
    )
    for page in pages(listed):
        for told in page["SecurityGroups"]:
            if told["GroupName"] != "default":
                yield SecurityGroup(
                    told["GroupId"], told["GroupName"], _tags(told.get("Tags", [])), _names(told)
                )


def _names(told: SecurityGroupTypeDef) -> frozenset[str]:
    rules = (*told.get("IpPermissions", []), *told.get("IpPermissionsEgress", []))
    pairs = (pair for rule in rules for pair in rule.get("UserIdGroupPairs", []))
    return frozenset(pair["GroupId"] for pair in pairs if "GroupId" in pair)


def _interfaces(clients: Clients, vpc_id: str) -> Iterator[Interface]:
    listed = clients.ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}]
    )
    for page in pages(listed):
        for told in page["NetworkInterfaces"]:
            if told.get("InterfaceType") not in WITH_THE_STACK:
                yield _interface(told)


def _interface(told: NetworkInterfaceTypeDef) -> Interface:
    attachment = told.get("Attachment", {})
    holder = attachment.get("InstanceId") or attachment.get("InstanceOwnerId")
    return Interface(
        id=told["NetworkInterfaceId"],
        description=told.get("Description", ""),
        in_use=told["Status"] != "available",
        owner=holder or told.get("RequesterId", ""),
        attached_at=dated(at) if (at := attachment.get("AttachTime")) else None,
        groups=tuple(group["GroupId"] for group in told.get("Groups", [])),
    )


def _volumes(clients: Clients, cluster: str, claimed: Sequence[ClaimedVolume]) -> Iterator[Volume]:
    """Those that are there, and whose own tags say that they were made for the claim.

    As a filter, because naming a volume that is gone refuses the whole call.
    """
    for some in chunks(list(claimed), VALUES_AT_ONCE):
        by_id = {one.volume_id: one for one in some}
        answer = clients.ec2.describe_volumes(
            Filters=[{"Name": "volume-id", "Values": list(by_id)}]
        )
        for told in answer["Volumes"]:
            one = by_id[told["VolumeId"]]
            made = made_for_claim(_tags(told.get("Tags", [])), one, cluster)
            if made and told["State"] not in GOING:
                held = (
                    at["InstanceId"] for at in told.get("Attachments", []) if "InstanceId" in at
                )
                in_use = told["State"] not in FREE
                yield Volume(one.volume_id, one.claim, in_use, tuple(held))


def _tags(told: Sequence[Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in told}
