"""Creating, describing, changing and deleting auto scaling groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import autoscaling

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.autoscaling import records
from sigopt_sandbox.aws.mends.autoscaling.records import Group
from sigopt_sandbox.aws.mends.autoscaling.scaling import Scaling
from sigopt_sandbox.aws.mends.ec2 import stores, templates
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own

PLAIN = (
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "VPCZoneIdentifier",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "CapacityRebalance",
    "MaxInstanceLifetime",
    "PlacementGroup",
)
"""Members that a request sets as they are."""


class Groups:
    """The operations on groups."""

    def __init__(self, scaling: Scaling) -> None:
        """Let this scaling follow the changes."""
        self._scaling = scaling

    def create(self, call: Call) -> None:
        """CreateAutoScalingGroup from a launch template, alone or in a mixed instances policy."""
        name = call.params["AutoScalingGroupName"]
        if name in autoscaling._asgs:
            text = "AutoScalingGroup by this name already exists - A group with the name "
            raise AwsError("AlreadyExists", f"{text}{name} already exists")
        group: Group = {
            "AutoScalingGroupName": name,
            "AutoScalingGroupARN": autoscaling._asg_arn(name),
            "DefaultCooldown": 300,
            "HealthCheckType": "EC2",
            "HealthCheckGracePeriod": 0,
            "TerminationPolicies": ["Default"],
            "NewInstancesProtectedFromScaleIn": False,
            "ServiceLinkedRoleARN": _service_role(call),
            "CreatedTime": now_iso(),
            "Instances": [],
            "SuspendedProcesses": [],
            "EnabledMetrics": [],
            "Tags": [_tag(name, tag) for tag in call.params.get("Tags", [])],
            "LaunchConfigurationName": call.params.get("LaunchConfigurationName", ""),
            "_activities": [],
        }
        sizes = call.params["MinSize"], call.params["MaxSize"]
        desired = call.params.get("DesiredCapacity", sizes[0])
        _apply(group, {**call.params, "DesiredCapacity": desired})
        autoscaling._asgs[name] = group
        autoscaling._tags[name] = group["Tags"]
        self._scaling.soon(group)

    def update(self, call: Call) -> None:
        """UpdateAutoScalingGroup; new bounds pull the desired capacity along."""
        group = records.find(call.params["AutoScalingGroupName"])
        low = call.params.get("MinSize", group["MinSize"])
        high = call.params.get("MaxSize", group["MaxSize"])
        desired = call.params.get("DesiredCapacity")
        if desired is None:
            desired = max(low, min(high, group["DesiredCapacity"]))
        _apply(group, {**call.params, "DesiredCapacity": desired})
        self._scaling.soon(group)

    def set_desired_capacity(self, call: Call) -> None:
        """SetDesiredCapacity, within the bounds."""
        group = records.find(call.params["AutoScalingGroupName"])
        desired = call.params["DesiredCapacity"]
        for word, bound, wrong in (
            ("above max", group["MaxSize"], desired > group["MaxSize"]),
            ("below min", group["MinSize"], desired < group["MinSize"]),
        ):
            if wrong:
                text = f"New SetDesiredCapacity value {desired} is {word} value {bound} for the "
                raise AwsError("ValidationError", f"{text}AutoScalingGroup.")
        group["DesiredCapacity"] = desired
        self._scaling.soon(group)

    def delete(self, call: Call) -> None:
        """DeleteAutoScalingGroup: with instances only by force, and gone when they are."""
        group = records.find(call.params["AutoScalingGroupName"])
        if group["Instances"] and not call.params.get("ForceDelete"):
            text = "You cannot delete an AutoScalingGroup while there are instances or pending "
            text += "Spot instance request(s) still in the group."
            raise AwsError("ResourceInUse", text)
        group.update(Status="Delete in progress", MinSize=0, DesiredCapacity=0)
        if not group["Instances"]:
            del autoscaling._asgs[group["AutoScalingGroupName"]]
        for instance in list(records.counted(group)):
            self._scaling.end(group, instance, "the group was deleted")


def _service_role(call: Call) -> str:
    role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    return f"arn:aws:iam::{call.account}:{role}"


def _tag(name: str, tag: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ResourceId": name,
        "ResourceType": "auto-scaling-group",
        "Key": tag["Key"],
        "Value": tag.get("Value", ""),
        "PropagateAtLaunch": bool(tag.get("PropagateAtLaunch")),
    }


def _apply(group: Group, params: Mapping[str, Any]) -> None:
    low = params.get("MinSize", group.get("MinSize", 0))
    high = params.get("MaxSize", group.get("MaxSize", 0))
    desired = params["DesiredCapacity"]
    if low > high:
        text = f"Min bound, {low}, must be less than or equal to max bound, {high}"
        raise AwsError("ValidationError", text)
    if not low <= desired <= high:
        text = f"Desired capacity:{desired} must be between the specified min size:{low} and max "
        raise AwsError("ValidationError", f"{text}size:{high}")
    change = {name: params[name] for name in PLAIN if name in params}
    if "VPCZoneIdentifier" in change:
        change["AvailabilityZones"] = _zones(change["VPCZoneIdentifier"])
    if params.get("LaunchTemplate"):
        change["LaunchTemplate"] = _complete(params["LaunchTemplate"])
        change["MixedInstancesPolicy"] = None
    if params.get("MixedInstancesPolicy"):
        mixed = dict(params["MixedInstancesPolicy"])
        template = dict(mixed["LaunchTemplate"])
        specification = _complete(template["LaunchTemplateSpecification"])
        mixed["LaunchTemplate"] = {**template, "LaunchTemplateSpecification": specification}
        change["MixedInstancesPolicy"], change["LaunchTemplate"] = mixed, None
    group.update(change)


def _zones(identifier: str) -> list[str]:
    zones = {stores.subnet(s)["AvailabilityZone"] for s in identifier.split(",") if s}
    return sorted(zones)


def _complete(specification: Mapping[str, Any]) -> dict[str, Any]:
    """A launch template specification with id, name and version, whichever was given."""
    try:
        template = templates.find(specification)
    except AwsError as error:
        raise AwsError("ValidationError", error.message) from error
    version = specification.get("Version") or "$Default"
    return {
        "LaunchTemplateId": template["LaunchTemplateId"],
        "LaunchTemplateName": template["LaunchTemplateName"],
        "Version": version,
    }


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeAutoScalingGroups by names and by tag filters, fifty a page."""
    wanted = set(call.params.get("AutoScalingGroupNames", []))
    tests = [(f["Name"], f.get("Values", [])) for f in call.params.get("Filters", [])]
    rows = [
        _row(group)
        for group in records.every()
        if (not wanted or group["AutoScalingGroupName"] in wanted)
        and all(_passes(records.tags(group), name, values) for name, values in tests)
    ]
    return page(call, "AutoScalingGroups", rows, 100, "MaxRecords")


def _passes(tags: Mapping[str, str], name: str, values: list[str]) -> bool:
    if name.startswith("tag:"):
        return tags.get(name[4:]) in values if name[4:] in tags else False
    if name == "tag-key":
        return any(key in values for key in tags)
    if name == "tag-value":
        return any(value in values for value in tags.values())
    text = f"Filter type {name} is not correct. Allowed Filter types are: tag-key, tag-value, tag:"
    raise AwsError("ValidationError", text)


def _row(group: Group) -> dict[str, Any]:
    row = records.shown(group)
    row["Instances"] = [records.shown(instance) for instance in group["Instances"]]
    return row


def install(scaling: Scaling) -> None:
    """Put these in front of ministack's."""
    groups = Groups(scaling)
    own("autoscaling", "CreateAutoScalingGroup", groups.create)
    own("autoscaling", "UpdateAutoScalingGroup", groups.update)
    own("autoscaling", "DeleteAutoScalingGroup", groups.delete)
    own("autoscaling", "SetDesiredCapacity", groups.set_desired_capacity)
    own("autoscaling", "DescribeAutoScalingGroups", describe)
