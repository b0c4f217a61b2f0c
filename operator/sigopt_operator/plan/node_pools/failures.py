"""Node groups that EKS could not make: why, in words, and how often that is tried again.

How often it failed stands in AWS: a node group carries the number of its attempt, and when it is
deleted because it failed, its launch template, which stays, is given that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sigopt_operator.plan.actions import DeleteNodeGroup
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import TAG_ATTEMPT
from sigopt_operator.plan.snapshot import LaunchTemplate, NodeGroup
from sigopt_operator.plan.steps import Blocked, Step
from sigopt_operator.plan.wish import Wish

AT_ONCE: Final = 3
"""So many attempts follow each other at once."""
THEN_EVERY: Final = timedelta(hours=1)
"""From then on an attempt begins so long after the one before it began."""

ADVICE: Final[Mapping[str, str]] = {
    "VcpuLimitExceeded": (
        "ask for a higher vCPU quota of this instance family (Service Quotas, EC2), or lower the "
        "pool's numbers"
    ),
    "MaxSpotInstanceCountExceeded": "ask for a higher spot quota (Service Quotas, EC2)",
    "InsufficientInstanceCapacity": (
        "EC2 has no such capacity in a zone now: wait, or choose another instanceType, or more "
        "instanceTypes with capacityType Spot"
    ),
    "UnfulfillableCapacity": "EC2 has no such capacity now: wait, or choose another instanceType",
    "not supported in your requested Availability Zone": (
        "a zone does not sell the type: choose another instanceType"
    ),
    "Ec2SubnetInvalidConfiguration": (
        "a subnet of spec.network.subnetIds is public and gives its instances no public address: "
        "use private subnets, or switch that on"
    ),
    "not enough free addresses": "the subnets have no free addresses: give larger ones",
    "InsufficientFreeAddresses": "the subnets have no free addresses: give larger ones",
    "InvalidKMSKey": "EC2 may not use the KMS key of the account's default EBS encryption",
    "failed to join": (
        "the nodes started and did not find the cluster: look at the routes of their subnets to "
        "the internet, and at spec.aws.additionalPolicies; where the nodes' role was deleted and "
        "made again, AccessReady says how to let them in"
    ),
}
"""What a person can do, by a word of EKS's or EC2's message."""


def failures(template: LaunchTemplate | None) -> int:
    """How often node groups of this very name failed in a row."""
    told = template.tags.get(TAG_ATTEMPT, "") if template else ""
    return int(told) if told.isdigit() else 0


def attempt_of(group: NodeGroup) -> int:
    """Which attempt at a node group of that name it is; 1 is the first."""
    told = group.tags.get(TAG_ATTEMPT, "")
    return int(told) if told.isdigit() else 1


def is_troubled(group: NodeGroup) -> bool:
    """Whether it could not be made, at this attempt or at an earlier one."""
    return group.status == "CREATE_FAILED" or attempt_of(group) > 1


def failed(
    want: Wish, pool: str, group: NodeGroup, template: LaunchTemplate | None, moment: Moment
) -> Step:
    """A node group that is CREATE_FAILED never heals: deleted, to be made again, soon or later."""
    attempt = attempt_of(group)
    words = f"spec.{pool}: EKS could not make node group {group.name}: {why(group.health)}"
    if attempt >= AT_ONCE and moment.elapsed(group.created_at) < THEN_EVERY:
        later = (
            f" It failed {attempt} times, so it is tried again only an hour after the last "
            f"attempt began; at once after `aws eks delete-nodegroup --region {want.region} "
            f"--cluster-name {want.cluster_name} --nodegroup-name {group.name}`."
        )
        return Step(blocked=Blocked("NodeGroupFailed", words + later))
    action = DeleteNodeGroup(
        want.cluster_name, group.name, failed=(template.id, attempt) if template else None
    )
    return Step(actions=(action,), blocked=Blocked("NodeGroupFailed", words))


def why(health: tuple[str, ...]) -> str:
    """AWS's own words, and what to do about it where that is known."""
    if not health:
        return "EKS gives no reason."
    told = "; ".join(health)
    advice = dict.fromkeys(text for word, text in ADVICE.items() if word in told)
    way = f" What to do: {'; '.join(advice)}." if advice else ""
    return f"{told.rstrip('.')}.{way}"
