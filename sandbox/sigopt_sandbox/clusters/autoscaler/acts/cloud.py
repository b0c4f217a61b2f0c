"""What the autoscaler asks and does in AWS (cloudprovider/aws), remembering what it may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import AwsError, AwsRequests
from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.times import Times
from sigopt_sandbox.clusters.autoscaler.rules.templates import (
    MachineType,
    ManagedGroup,
    managed_by_eks,
    read_machine_type,
    read_managed_group,
    template_of_group,
)
from sigopt_sandbox.clusters.autoscaler.values.groups import (
    Group,
    aws_filters,
    read_group,
)
from sigopt_sandbox.clusters.autoscaler.values.nodes import Node
from sigopt_sandbox.clusters.autoscaler.values.pods import moment

NODEGROUPS_KEPT = 360.0
"""Seconds for which an answer of DescribeNodegroup, or its failure, is remembered."""
TYPES_KEPT = 1200.0
"""Seconds for which the instance type of a group is remembered."""


@dataclass
class Cloud:
    """Auto Scaling, EC2 and EKS, as the Pod's role may use them."""

    aws: AwsRequests
    times: Times
    journal: Journal
    _types: dict[str, MachineType] = field(default_factory=dict)
    _type_names: dict[str, tuple[float, str]] = field(default_factory=dict)
    _managed: dict[str, tuple[float, ManagedGroup | None]] = field(default_factory=dict)

    async def groups(self, tags: tuple[tuple[str, str], ...]) -> dict[str, Group]:
        """The groups that have all of these tags. Raises AwsError."""
        parameters = {"MaxRecords": "100"}
        for number, one in enumerate(aws_filters(tags), 1):
            parameters[f"Filters.member.{number}.Name"] = one["Name"]
            parameters[f"Filters.member.{number}.Values.member.1"] = one["Values"][0]
        found: dict[str, Group] = {}
        while True:
            page = await self.aws.query("autoscaling", "DescribeAutoScalingGroups", parameters)
            groups = (read_group(one) for one in page.get("AutoScalingGroups") or ())
            found |= {group.name: group for group in groups}
            if not page.get("NextToken"):
                return found
            parameters["NextToken"] = page["NextToken"]

    async def set_desired(self, group: str, size: int) -> None:
        """SetDesiredCapacity. Raises AwsError."""
        parameters = {
            "AutoScalingGroupName": group,
            "DesiredCapacity": str(size),
            "HonorCooldown": "false",
        }
        await self.aws.query("autoscaling", "SetDesiredCapacity", parameters)

    async def terminate(self, instance: str) -> None:
        """Terminate an instance, and let its group be smaller by it. Raises AwsError."""
        parameters = {"InstanceId": instance, "ShouldDecrementDesiredCapacity": "true"}
        await self.aws.query("autoscaling", "TerminateInstanceInAutoScalingGroup", parameters)

    async def launch_failed(self, group: str, since: datetime | None) -> bool:
        """Whether a scaling activity of the group failed since then.

        When it may not ask, the real one assumes that none did.
        """
        parameters = {"AutoScalingGroupName": group}
        try:
            page = await self.aws.query("autoscaling", "DescribeScalingActivities", parameters)
        except AwsError as error:
            self.journal.warning(f"Could not check instance availability of {group}: {error}")
            return False
        return any(
            activity.get("StatusCode") == "Failed"
            and (since is None or moment(activity["StartTime"]) >= since)
            for activity in page.get("Activities") or ()
        )

    async def template(self, group: Group) -> Node | None:
        """The node that the group would add; None, and said in the log, when it cannot be told."""
        try:
            kind = await self._machine_type(await self._type_name(group))
            return template_of_group(group, kind, await self._managed_group(group))
        except (AwsError, ValueError) as error:
            self.journal.error(f"Unable to build proper template node for {group.name}: {error}")
            return None

    async def _type_name(self, group: Group) -> str:
        if group.overrides:
            return group.overrides[0]
        until, name = self._type_names.get(group.name, (0.0, ""))
        if self.times.now() < until:
            return name
        if group.template is None:
            raise ValueError(f"could not find instance type for {group.name}")
        parameters = {
            "LaunchTemplateName": group.template.name,
            "LaunchTemplateVersion.1": group.template.version,
        }
        page = await self.aws.query("ec2", "DescribeLaunchTemplateVersions", parameters)
        versions = page.get("LaunchTemplateVersionSet") or ()
        data: Mapping[str, str] = versions[0].get("LaunchTemplateData") or {} if versions else {}
        if not data.get("InstanceType"):
            raise ValueError("unable to find instance type using launch template")
        self._type_names[group.name] = (self.times.now() + TYPES_KEPT, data["InstanceType"])
        return data["InstanceType"]

    async def _machine_type(self, name: str) -> MachineType:
        """EC2's word on a type; the real one has a list of its own to fall back on."""
        if name not in self._types:
            try:
                page = await self.aws.query(
                    "ec2", "DescribeInstanceTypes", {"InstanceType.1": name}
                )
            except AwsError as error:
                why = f"Failed to generate AWS EC2 Instance Types: {error}"
                raise ValueError(f"{why} (the stand-in has no static list)") from error
            for one in page.get("InstanceTypeSet") or ():
                self._types[name] = read_machine_type(one)
        if name not in self._types:
            raise ValueError(f'ASG uses the unknown EC2 instance type "{name}"')
        return self._types[name]

    async def _managed_group(self, group: Group) -> ManagedGroup | None:
        """What EKS tells of the node group; None when it is not EKS's, or may not be asked."""
        names = managed_by_eks(group)
        if names is None:
            return None
        until, known = self._managed.get(group.name, (0.0, None))
        if self.times.now() < until:
            return known
        cluster, nodegroup = names
        found = None
        try:
            path = f"/clusters/{cluster}/node-groups/{nodegroup}"
            answer = await self.aws.rest("eks", "DescribeNodegroup", path)
            found = read_managed_group(answer["nodegroup"])
        except AwsError as error:
            self.journal.error(
                f"Failed to query the managed nodegroup {nodegroup} for the cluster {cluster}"
                f" while looking for labels/taints/tags: {error}"
            )
        self._managed[group.name] = (self.times.now() + NODEGROUPS_KEPT, found)
        return found
