"""Auto scaling groups in ministack's store, in the shape of DescribeAutoScalingGroups.

Members whose names begin with an underscore are ours and never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import autoscaling

from sigopt_sandbox.aws.errors import AwsError

Group = dict[str, Any]
Instance = dict[str, Any]


def find(name: str) -> Group:
    """A group by its name; AwsError if there is none."""
    group: Group | None = autoscaling._asgs.get(name)
    if group is None:
        raise AwsError("ValidationError", "AutoScalingGroup name not found - null")
    return group


def every() -> list[Group]:
    """Every group of the account and region in scope."""
    return list(autoscaling._asgs.values())


def of_instance(instance_id: str) -> tuple[Group, Instance] | None:
    """The group that holds an instance, and its entry there."""
    for group in every():
        for instance in group["Instances"]:
            if instance["InstanceId"] == instance_id:
                return group, instance
    return None


def counted(group: Group) -> list[Instance]:
    """The instances that count towards the desired capacity."""
    return [i for i in group["Instances"] if not i["LifecycleState"].startswith("Terminat")]


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A group or an instance without what is only ours."""
    return {k: v for k, v in row.items() if not k.startswith("_") and v not in (None, "")}


def tags(group: Group) -> dict[str, str]:
    """A group's tags by key."""
    return {tag["Key"]: tag.get("Value", "") for tag in group["Tags"]}
