"""What Auto Scaling does by itself: launch what is missing, end what is too much, replace."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import autoscaling, ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.autoscaling.durations import (
    ENDED,
    IN_SERVICE,
    NOTICED,
    TRY_AGAIN,
)
from sigopt_sandbox.aws.mends.autoscaling.records import Group, Instance, counted, of_instance
from sigopt_sandbox.aws.mends.ec2 import stores, templates
from sigopt_sandbox.aws.mends.ec2.instances import Instances, instance_tags, when_ended
from sigopt_sandbox.aws.world import World

MOST_ACTIVITIES = 100


class Scaling:
    """The groups of every account and region, on the world's clock."""

    def __init__(self, world: World) -> None:
        """Launch through EC2's own instances, and watch for ones that end."""
        self._clock, self._failures = world.clock, world.failures
        self._instances = Instances(world)
        when_ended(self._replace)

    def soon(self, group: Group, after: float = NOTICED) -> None:
        """Look at a group's capacity soon; several reasons at once make one look."""
        if group.get("_looking"):
            return
        group["_looking"] = True
        what = f"asg/{group['AutoScalingGroupName']}"
        self._clock.schedule(what, after, lambda _: self._look(group))

    def _look(self, group: Group) -> None:
        group["_looking"] = False
        if autoscaling._asgs.get(group["AutoScalingGroupName"]) is not group:
            return
        missing = group["DesiredCapacity"] - len(counted(group))
        if missing > 0 and not self._suspended(group, "Launch"):
            for _ in range(missing):
                if not self._launch(group):
                    self.soon(group, TRY_AGAIN)
                    break
        if missing < 0 and not self._suspended(group, "Terminate"):
            for instance in self._least_wanted(group, -missing):
                self.end(group, instance, "an instance was taken out of service")

    @staticmethod
    def _suspended(group: Group, process: str) -> bool:
        return any(p["ProcessName"] == process for p in group.get("SuspendedProcesses", []))

    def _launch(self, group: Group) -> bool:
        cause = "an instance was started in response to a difference between desired and actual "
        activity = begin(group, "Launching a new EC2 instance", cause + "capacity.")
        try:
            record = self._launched(group)
        except AwsError as error:
            finish(activity, "Failed", f"{_failed(error)} Launching EC2 instance failed.")
            return False
        instance_id = record["InstanceId"]
        activity["Description"] += f": {instance_id}"
        entry = {
            "InstanceId": instance_id,
            "InstanceType": record["InstanceType"],
            "AvailabilityZone": record["Placement"]["AvailabilityZone"],
            "LifecycleState": "Pending",
            "HealthStatus": "Healthy",
            "LaunchTemplate": _specification(group),
            "LaunchConfigurationName": "",
            "ProtectedFromScaleIn": group["NewInstancesProtectedFromScaleIn"],
        }
        group["Instances"].append(entry)

        def in_service(_: object) -> None:
            if entry["LifecycleState"] == "Pending":
                entry["LifecycleState"] = "InService"
                finish(activity, "Successful")

        self._clock.schedule(f"instance/{instance_id}", IN_SERVICE, in_service)
        return True

    def _launched(self, group: Group) -> dict[str, Any]:
        name = group["AutoScalingGroupName"]
        own = {t["Key"]: t.get("Value", "") for t in group["Tags"]}
        for what in (name, own.get("eks:nodegroup-name", name)):
            failure = self._failures.take(f"launch/{what}")
            if failure:
                raise AwsError(failure.status or "InsufficientInstanceCapacity", failure.message)
        data = templates.data(_by_id(_specification(group)))
        kinds = [o["InstanceType"] for o in _overrides(group) if o.get("InstanceType")]
        kinds = kinds or [data.get("InstanceType", "t2.micro")]
        # Merged, the group's before the template's (Auto Scaling User Guide, "Tagging lifecycle").
        carried = {"aws:autoscaling:groupName": name, **instance_tags(data)}
        carried |= {t["Key"]: t.get("Value", "") for t in group["Tags"] if t["PropagateAtLaunch"]}
        refused: AwsError | None = None
        for kind in kinds:
            for subnet_id in _emptiest(group):
                try:
                    return self._instances.launch(
                        {**data, "InstanceType": kind}, subnet_id, carried
                    )
                except AwsError as error:
                    refused = error
        raise refused or AwsError("ValidationError", "The group has no subnets.")

    @staticmethod
    def _least_wanted(group: Group, many: int) -> list[Instance]:
        """Those of the fullest zone first, the oldest of them."""
        there = [i for i in counted(group) if not i["ProtectedFromScaleIn"]]
        chosen: list[Instance] = []
        for _ in range(min(many, len(there))):
            zones = Counter(i["AvailabilityZone"] for i in there)
            fullest = max(there, key=lambda i: zones[i["AvailabilityZone"]])
            there.remove(fullest)
            chosen.append(fullest)
        return chosen

    def end(self, group: Group, instance: Instance, why: str) -> dict[str, Any]:
        """Take an instance out of a group and terminate it; the activity that does so."""
        instance_id = instance["InstanceId"]
        cause = f"{why}."
        activity = begin(group, f"Terminating EC2 instance: {instance_id}", cause)
        if not instance["LifecycleState"].startswith("Terminat"):
            instance["LifecycleState"] = "Terminating"
            if instance_id in ec2._instances:
                self._instances.end(instance_id)
        name = group["AutoScalingGroupName"]

        def gone(_: object) -> None:
            if instance in group["Instances"]:
                group["Instances"].remove(instance)
            finish(activity, "Successful")
            if group.get("Status") and not group["Instances"]:
                autoscaling._asgs.pop(name, None)

        self._clock.schedule(f"instance/{instance_id}", ENDED, gone)
        return activity

    def _replace(self, instance_id: str) -> None:
        """An instance that somebody terminated: the group notices and launches another."""
        found = of_instance(instance_id)
        if found is None or found[1]["LifecycleState"].startswith("Terminat"):
            return
        group, instance = found
        instance["HealthStatus"] = "Unhealthy"
        self.end(
            group,
            instance,
            "an instance was taken out of service in response to an EC2 health check",
        )
        self.soon(group, TRY_AGAIN)


def begin(group: Group, description: str, cause: str) -> dict[str, Any]:
    """Add an activity in progress to a group."""
    now = datetime.now(UTC)
    activity = {
        "ActivityId": new_uuid(),
        "AutoScalingGroupName": group["AutoScalingGroupName"],
        "AutoScalingGroupARN": group["AutoScalingGroupARN"],
        "Description": description,
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} {cause}",
        "StartTime": now,
        "StatusCode": "InProgress",
        "Progress": 50,
        "Details": "{}",
    }
    group["_activities"].insert(0, activity)
    del group["_activities"][MOST_ACTIVITIES:]
    return activity


def finish(activity: dict[str, Any], status: str, message: str | None = None) -> None:
    """End an activity."""
    activity.update(StatusCode=status, Progress=100, EndTime=datetime.now(UTC))
    if message:
        activity["StatusMessage"] = message


def _failed(error: AwsError) -> str:
    """EC2's refusal as a failed activity tells it (observed by users of node groups)."""
    text = error.message if error.message.endswith(".") else f"{error.message}."
    return f"Could not launch On-Demand Instances. {error.code} - {text}"


def _specification(group: Group) -> dict[str, Any]:
    mixed = group.get("MixedInstancesPolicy") or {}
    found = mixed.get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    return dict(found or group.get("LaunchTemplate") or {})


def _by_id(specification: dict[str, Any]) -> dict[str, Any]:
    """A specification as a request may give it: by id or by name, not by both."""
    return {k: v for k, v in specification.items() if k != "LaunchTemplateName"}


def _overrides(group: Group) -> list[dict[str, Any]]:
    mixed = group.get("MixedInstancesPolicy") or {}
    return list(mixed.get("LaunchTemplate", {}).get("Overrides") or [])


def _emptiest(group: Group) -> list[str]:
    """The group's subnets, those whose zone has the fewest of its instances first."""
    zones = Counter(i["AvailabilityZone"] for i in counted(group))
    subnets = [s for s in (group.get("VPCZoneIdentifier") or "").split(",") if s]
    return sorted(subnets, key=lambda s: zones[stores.subnet(s)["AvailabilityZone"]])
