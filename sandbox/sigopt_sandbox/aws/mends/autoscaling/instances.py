"""Instances of auto scaling groups: described, protected, terminated one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.autoscaling import records
from sigopt_sandbox.aws.mends.autoscaling.scaling import Scaling
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeAutoScalingInstances."""
    wanted = set(call.params.get("InstanceIds", []))
    rows = [
        {**records.shown(i), "AutoScalingGroupName": group["AutoScalingGroupName"]}
        for group in records.every()
        for i in group["Instances"]
        if not wanted or i["InstanceId"] in wanted
    ]
    return page(call, "AutoScalingInstances", rows, 50, "MaxRecords")


def protect(call: Call) -> None:
    """SetInstanceProtection."""
    group = records.find(call.params["AutoScalingGroupName"])
    for instance in group["Instances"]:
        if instance["InstanceId"] in call.params["InstanceIds"]:
            instance["ProtectedFromScaleIn"] = call.params["ProtectedFromScaleIn"]


def suspend(call: Call) -> None:
    """SuspendProcesses: all of them when none is named."""
    group = records.find(call.params["AutoScalingGroupName"])
    there = {p["ProcessName"] for p in group["SuspendedProcesses"]}
    for name in call.params.get("ScalingProcesses") or ("Launch", "Terminate", "HealthCheck"):
        if name not in there:
            process = {"ProcessName": name, "SuspensionReason": "User suspended"}
            group["SuspendedProcesses"].append(process)


def install(scaling: Scaling) -> None:
    """Put these in front of ministack's."""

    def terminate(call: Call) -> Mapping[str, Any]:
        """TerminateInstanceInAutoScalingGroup, with or without lowering the desired capacity."""
        instance_id = call.params["InstanceId"]
        found = records.of_instance(instance_id)
        if found is None:
            text = (
                f"Instance Id not found - No managed instance found for instance ID {instance_id}"
            )
            raise AwsError("ValidationError", text)
        group, instance = found
        if call.params["ShouldDecrementDesiredCapacity"]:
            if group["DesiredCapacity"] <= group["MinSize"]:
                text = "Currently, desiredSize equals minSize "
                text += f"({group['MinSize']}). Terminating instance without replacement will "
                text += "violate group's min size constraint. Either set shouldDecrementDesired"
                text += "Capacity flag to false or lower group's min size."
                raise AwsError("ValidationError", text)
            group["DesiredCapacity"] -= 1
        activity = scaling.end(group, instance, "an instance was taken out of service by a user")
        scaling.soon(group)
        return {"Activity": activity}

    def resume(call: Call) -> None:
        """ResumeProcesses: all of them when none is named."""
        group = records.find(call.params["AutoScalingGroupName"])
        named = set(call.params.get("ScalingProcesses") or ())
        group["SuspendedProcesses"] = [
            p for p in group["SuspendedProcesses"] if named and p["ProcessName"] not in named
        ]
        scaling.soon(group)

    own("autoscaling", "DescribeAutoScalingInstances", describe)
    own("autoscaling", "SetInstanceProtection", protect)
    own("autoscaling", "SuspendProcesses", suspend)
    own("autoscaling", "ResumeProcesses", resume)
    own("autoscaling", "TerminateInstanceInAutoScalingGroup", terminate)
