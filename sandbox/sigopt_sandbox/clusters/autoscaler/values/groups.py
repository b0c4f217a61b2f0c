"""Auto scaling groups as the autoscaler knows them, and how it finds its own by their tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OPTIONS_PREFIX = "k8s.io/cluster-autoscaler/node-template/autoscaling-options/"


@dataclass(frozen=True)
class Instance:
    """An instance of a group."""

    id: str
    zone: str
    lifecycle: str

    @property
    def provider_id(self) -> str:
        """As its Node names it."""
        return f"aws:///{self.zone}/{self.id}"

    @property
    def leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.lifecycle.startswith("Terminat")


@dataclass(frozen=True)
class LaunchTemplate:
    """Which launch template, and which version of it, a group makes instances from."""

    name: str
    version: str


@dataclass(frozen=True)
class Group:
    """An auto scaling group."""

    name: str
    min: int
    max: int
    desired: int
    zones: tuple[str, ...]
    tags: Mapping[str, str]
    instances: tuple[Instance, ...]
    template: LaunchTemplate | None
    overrides: tuple[str, ...]
    """The instance types of its mixed instances policy."""

    def option(self, name: str) -> str | None:
        """An autoscaling option of its tags, such as "scaledownunneededtime"."""
        return self.tags.get(OPTIONS_PREFIX + name)


def read_group(described: Mapping[str, Any]) -> Group:
    """A group from an answer of DescribeAutoScalingGroups; all its values may be texts."""
    mixed = (described.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    template = mixed.get("LaunchTemplateSpecification") or described.get("LaunchTemplate")
    return Group(
        name=described["AutoScalingGroupName"],
        min=int(described["MinSize"]),
        max=int(described["MaxSize"]),
        desired=int(described["DesiredCapacity"]),
        zones=tuple(described.get("AvailabilityZones") or ()),
        tags={tag["Key"]: tag.get("Value") or "" for tag in described.get("Tags") or ()},
        instances=tuple(
            Instance(one["InstanceId"], one.get("AvailabilityZone", ""), one["LifecycleState"])
            for one in described.get("Instances") or ()
        ),
        template=template
        and LaunchTemplate(template["LaunchTemplateName"], template.get("Version") or "$Default"),
        overrides=tuple(
            one["InstanceType"] for one in mixed.get("Overrides") or () if one.get("InstanceType")
        ),
    )


def discovery_filters(specification: str) -> tuple[tuple[str, str], ...]:
    """The (key, value) tags that a group must have; an empty value stands for any.

    `specification` is a value of --node-group-auto-discovery. Raises ValueError with the real
    program's words.
    """
    discoverer, colon, parameter = specification.partition(":")
    if not colon:
        raise ValueError(
            "invalid node group auto discovery spec specified via"
            f" --node-group-auto-discovery: {specification}"
        )
    if discoverer != "asg":
        raise ValueError(f"unsupported discoverer specified: {discoverer}")
    key, equals, value = parameter.partition("=")
    if not equals:
        raise ValueError(f"invalid key=value pair [{parameter}]")
    if key != "tag":
        raise ValueError(
            f'unsupported parameter key "{key}" is specified for discoverer "asg".'
            ' The only supported key is "tag"'
        )
    if not value:
        raise ValueError("tag value not supplied")
    pairs = (one.partition("=") for one in value.split(","))
    return tuple((name, wanted) for name, _, wanted in pairs)


def aws_filters(tags: tuple[tuple[str, str], ...]) -> tuple[dict[str, Any], ...]:
    """The filters of DescribeAutoScalingGroups for these tags: a group must pass each."""
    return tuple(
        {"Name": f"tag:{key}", "Values": [value]} if value else {"Name": "tag-key", "Values": [key]}
        for key, value in tags
    )
