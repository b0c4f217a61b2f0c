"""Auto scaling groups hold real instances, and launch templates are found by name and by id."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws, unique, until
from tests.sandbox.aws_world import refused


@dataclass(frozen=True)
class Scale:
    """A network and a launch template to make groups from."""

    aws: Aws
    subnets: tuple[str, str]
    template: str
    template_name: str

    @property
    def client(self) -> Any:
        """A client of Auto Scaling."""
        return self.aws.client("autoscaling")

    def make(self, desired: int, **more: Any) -> str:
        """A new group of at most five; its name."""
        name = unique("group")
        request: dict[str, Any] = {
            "AutoScalingGroupName": name,
            "MinSize": 0,
            "MaxSize": 5,
            "DesiredCapacity": desired,
            "VPCZoneIdentifier": ",".join(self.subnets),
            "LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "1"},
            "Tags": [{"Key": "team", "Value": name, "PropagateAtLaunch": True}],
            **more,
        }
        given = {k: v for k, v in request.items() if v is not None}
        self.client.create_auto_scaling_group(**given)
        return name

    def group(self, name: str) -> dict[str, Any]:
        """A group's description; empty if there is none."""
        found = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        groups = found["AutoScalingGroups"]
        return dict(groups[0]) if groups else {}

    def in_service(self, name: str) -> list[dict[str, Any]]:
        """The instances that are InService."""
        there = self.group(name).get("Instances", [])
        return [i for i in there if i["LifecycleState"] == "InService"]

    def await_size(self, name: str, size: int) -> list[dict[str, Any]]:
        """The instances, once there are so many and all InService."""

        def settled() -> bool:
            there = self.group(name)["Instances"]
            return len(there) == size == len(self.in_service(name))

        until(settled, f"{name} has {size} instances")
        return self.in_service(name)

    def activities(self, name: str) -> list[dict[str, Any]]:
        """What happened to a group, newest first."""
        found = self.client.describe_scaling_activities(AutoScalingGroupName=name)
        return list(found["Activities"])


@pytest.fixture(scope="module")
def scale(aws: Aws) -> Scale:
    ec2, name = aws.client("ec2"), unique("template")
    vpc = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.70.{n}.0/24", AvailabilityZone=f"us-west-2{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    tags = [{"Key": "made-by", "Value": "template"}]
    data = {
        "InstanceType": "t3.large",
        "MetadataOptions": {"HttpTokens": "required"},
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "Encrypted": True}}
        ],
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")
        ],
    }
    made = ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData=data,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )
    return Scale(aws, (subnets[0], subnets[1]), made["LaunchTemplate"]["LaunchTemplateId"], name)


def test_a_group_made_by_id_answers_the_templates_name(scale: Scale) -> None:
    group = scale.group(scale.make(0))
    assert group["LaunchTemplate"] == {
        "LaunchTemplateId": scale.template,
        "LaunchTemplateName": scale.template_name,
        "Version": "1",
    }
    ec2 = scale.aws.client("ec2")
    named = {"LaunchTemplateName": scale.template_name, "Versions": ["1"]}
    (version,) = ec2.describe_launch_template_versions(**named)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["InstanceType"] == "t3.large"
    assert version["LaunchTemplateData"]["MetadataOptions"] == {"HttpTokens": "required"}
    mine = [{"Name": "tag:made-by", "Values": ["template"]}]
    found = ec2.describe_launch_templates(Filters=mine)["LaunchTemplates"]
    assert [t["LaunchTemplateId"] for t in found] == [scale.template]


def test_a_group_holds_as_many_instances_as_desired_spread_over_its_zones(scale: Scale) -> None:
    name = scale.make(2)
    there = scale.await_size(name, 2)
    assert {i["AvailabilityZone"] for i in there} == {"us-west-2a", "us-west-2b"}
    ids = [i["InstanceId"] for i in there]
    ec2 = scale.aws.client("ec2")
    reservations = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    for instance in (i for r in reservations for i in r["Instances"]):
        tags = {t["Key"]: t["Value"] for t in instance["Tags"]}
        assert tags["team"] == name
        assert tags["made-by"] == "template"
        assert tags["aws:autoscaling:groupName"] == name
        assert instance["CpuOptions"] == {"CoreCount": 1, "ThreadsPerCore": 2}
        dashed = instance["PrivateIpAddress"].replace(".", "-")
        assert instance["PrivateDnsName"] == f"ip-{dashed}.us-west-2.compute.internal"
    by_instance = [{"Name": "attachment.instance-id", "Values": [ids[0]]}]
    (volume,) = ec2.describe_volumes(Filters=by_instance)["Volumes"]
    assert (volume["Size"], volume["Encrypted"]) == (50, True)
    assert {"Key": "made-by", "Value": "template"} in volume["Tags"]
    assert [a["StatusCode"] for a in scale.activities(name)] == ["Successful", "Successful"]


def test_capacity_follows_what_is_desired_within_the_bounds(scale: Scale) -> None:
    name = scale.make(1)
    scale.await_size(name, 1)
    scale.client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    scale.await_size(name, 3)
    scale.client.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=1)
    assert scale.group(name)["DesiredCapacity"] == 1
    scale.await_size(name, 1)
    too_many = {"AutoScalingGroupName": name, "DesiredCapacity": 4}
    assert refused(lambda: scale.client.set_desired_capacity(**too_many)) == (
        "ValidationError",
        "New SetDesiredCapacity value 4 is above max value 1 for the AutoScalingGroup.",
    )


def test_an_instance_is_taken_out_with_the_capacity_or_replaced(scale: Scale) -> None:
    name = scale.make(2)
    first, second = (i["InstanceId"] for i in scale.await_size(name, 2))
    answer = scale.client.terminate_instance_in_auto_scaling_group(
        InstanceId=first, ShouldDecrementDesiredCapacity=True
    )
    assert answer["Activity"]["StatusCode"] == "InProgress"
    (left,) = scale.await_size(name, 1)
    assert left["InstanceId"] == second
    scale.client.terminate_instance_in_auto_scaling_group(
        InstanceId=second, ShouldDecrementDesiredCapacity=False
    )
    until(lambda: second not in {i["InstanceId"] for i in scale.in_service(name)}, "it is gone")
    (other,) = scale.await_size(name, 1)
    assert other["InstanceId"] not in (first, second)


def test_an_instance_that_somebody_terminates_is_replaced(scale: Scale) -> None:
    name = scale.make(1)
    (lost,) = scale.await_size(name, 1)
    scale.aws.client("ec2").terminate_instances(InstanceIds=[lost["InstanceId"]])
    until(
        lambda: {i["InstanceId"] for i in scale.in_service(name)} - {lost["InstanceId"]},
        "another instance",
    )


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(lambda name: f"launch/{name}", id="by the group's name"),
        pytest.param(lambda name: "launch/pool-of-" + name, id="by the node group's name"),
    ],
)
def test_a_failed_launch_is_an_activity_and_is_tried_again(
    scale: Scale, what: Callable[[str], str]
) -> None:
    name = scale.make(0)
    tag = {
        "ResourceId": name,
        "ResourceType": "auto-scaling-group",
        "Key": "eks:nodegroup-name",
        "Value": f"pool-of-{name}",
        "PropagateAtLaunch": True,
    }
    scale.client.create_or_update_tags(Tags=[tag])
    why = "We currently do not have sufficient t3.large capacity."
    armed = {"what": what(name), "how": f"InsufficientInstanceCapacity:{why}"}
    scale.aws.admin("POST", "fail", armed)
    scale.client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=1)
    scale.await_size(name, 1)
    failed = scale.activities(name)[-1]
    assert failed["StatusCode"] == "Failed"
    assert failed["StatusMessage"] == (
        f"Could not launch On-Demand Instances. InsufficientInstanceCapacity - {why} "
        "Launching EC2 instance failed."
    )


def test_a_vcpu_quota_fails_launches_where_quotas_are_switched_on(scale: Scale) -> None:
    name = scale.make(0, LaunchTemplate=None, MixedInstancesPolicy=_mixed(scale, "g5.xlarge"))
    scale.aws.admin("PUT", "switches", {"quotas": True})
    try:
        scale.client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=1)
        until(lambda: scale.activities(name), "an attempt to launch")
        assert (
            "VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU "
            "limit of 0 allows" in scale.activities(name)[-1]["StatusMessage"]
        )
    finally:
        scale.aws.admin("PUT", "switches", {"quotas": False})
    (instance,) = scale.await_size(name, 1)
    assert instance["InstanceType"] == "g5.xlarge"


def _mixed(scale: Scale, *types: str) -> dict[str, Any]:
    specification = {"LaunchTemplateId": scale.template, "Version": "1"}
    overrides = [{"InstanceType": name} for name in types]
    return {
        "LaunchTemplate": {"LaunchTemplateSpecification": specification, "Overrides": overrides}
    }


def test_suspended_launches_wait_until_they_are_resumed(scale: Scale) -> None:
    name = scale.make(0)
    scale.client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["Launch"])
    scale.client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=1)
    assert [p["ProcessName"] for p in scale.group(name)["SuspendedProcesses"]] == ["Launch"]
    scale.client.resume_processes(AutoScalingGroupName=name, ScalingProcesses=["Launch"])
    scale.await_size(name, 1)


def test_groups_are_found_by_their_tags(scale: Scale) -> None:
    name, other = scale.make(0), scale.make(0)
    by_tag = [{"Name": "tag:team", "Values": [name]}]
    found = scale.client.describe_auto_scaling_groups(Filters=by_tag)["AutoScalingGroups"]
    assert [g["AutoScalingGroupName"] for g in found] == [name]
    node = "k8s.io/cluster-autoscaler/node-template/label/purpose"
    tag = {
        "ResourceId": other,
        "ResourceType": "auto-scaling-group",
        "Key": node,
        "Value": "gpu",
        "PropagateAtLaunch": False,
    }
    scale.client.create_or_update_tags(Tags=[tag])
    by_key = [{"Name": "tag-key", "Values": [node]}]
    found = scale.client.describe_auto_scaling_groups(Filters=by_key)["AutoScalingGroups"]
    assert [g["AutoScalingGroupName"] for g in found] == [other]
    of_group = [{"Name": "auto-scaling-group", "Values": [other]}]
    keys = [t["Key"] for t in scale.client.describe_tags(Filters=of_group)["Tags"]]
    assert sorted(keys) == sorted([node, "team"])
    scale.client.delete_tags(Tags=[tag])
    assert not scale.client.describe_auto_scaling_groups(Filters=by_key)["AutoScalingGroups"]


def test_a_group_with_instances_is_deleted_only_by_force(scale: Scale) -> None:
    name = scale.make(1)
    (instance,) = scale.await_size(name, 1)
    code, _ = refused(lambda: scale.client.delete_auto_scaling_group(AutoScalingGroupName=name))
    assert code == "ResourceInUse"
    ec2 = scale.aws.client("ec2")
    ids = [instance["InstanceId"]]

    def state() -> str:
        (found,) = ec2.describe_instances(InstanceIds=ids)["Reservations"][0]["Instances"]
        return str(found["State"]["Name"])

    with scale.aws.slowly():
        scale.client.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        until(lambda: not scale.group(name), "the group is gone")
        until(lambda: state() == "terminated", "the instance is terminated, and still described")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param(
            {"DesiredCapacity": 9},
            "Desired capacity:9 must be between the specified min size:0 and max size:5",
            id="desired beyond max",
        ),
        pytest.param(
            {"MinSize": 6, "DesiredCapacity": 6},
            "Min bound, 6, must be less than or equal to max bound, 5",
            id="min beyond max",
        ),
    ],
)
def test_a_wrong_size_is_refused(scale: Scale, more: dict[str, Any], message: str) -> None:
    assert refused(lambda: scale.make(1, **more)) == ("ValidationError", message)


def _tags(name: str, count: int, prefix: str = "tag", **more: Any) -> list[dict[str, Any]]:
    """So many tags of a group, which its instances do not get."""
    own = {"ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": False}
    return [{**own, "Key": f"{prefix}-{n}", "Value": "x", **more} for n in range(count)]


def test_a_group_has_fifty_tags_at_most_and_a_call_takes_half_of_them(scale: Scale) -> None:
    name = scale.make(0)
    put, delete = scale.client.create_or_update_tags, scale.client.delete_tags
    assert refused(lambda: put(Tags=_tags(name, 26)))[0] == "ValidationError"
    put(Tags=_tags(name, 25))
    put(Tags=_tags(name, 24, "more"))
    assert refused(lambda: put(Tags=_tags(name, 2, "last")))[0] == "LimitExceeded"
    put(Tags=_tags(name, 25, Value="other"))
    assert len(scale.group(name)["Tags"]) == 50
    assert refused(lambda: delete(Tags=_tags(name, 26)))[0] == "ValidationError"
    delete(Tags=_tags(name, 1))
    put(Tags=_tags(name, 1, "last"))


def test_an_instance_has_the_groups_tags_before_the_templates_and_fifty_at_most(
    scale: Scale,
) -> None:
    theirs = {"Key": "made-by", "Value": "group", "PropagateAtLaunch": True}
    name = scale.make(1, Tags=[theirs])
    (instance,) = scale.await_size(name, 1)
    ec2, id_ = scale.aws.client("ec2"), instance["InstanceId"]
    told = ec2.describe_instances(InstanceIds=[id_])["Reservations"][0]["Instances"][0]["Tags"]
    assert {t["Key"]: t["Value"] for t in told} == {
        "made-by": "group",
        "aws:autoscaling:groupName": name,
    }
    many = [{"Key": f"tag-{n}", "Value": "x"} for n in range(49)]
    ec2.create_tags(Resources=[id_], Tags=many)
    more = [{"Key": "one-more", "Value": "x"}]
    put = ec2.create_tags
    assert refused(lambda: put(Resources=[id_], Tags=more))[0] == "TagLimitExceeded"
    ec2.create_tags(Resources=[id_], Tags=[{**many[0], "Value": "other"}])
    for part in ("first", "second"):
        tags = _tags(name, 25, part, PropagateAtLaunch=True)
        scale.client.create_or_update_tags(Tags=tags[:24] if part == "second" else tags)
    scale.client.delete_tags(Tags=[{**_tags(name, 1)[0], "Key": "made-by"}])
    scale.client.create_or_update_tags(Tags=_tags(name, 1, "last", PropagateAtLaunch=True))
    scale.client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    until(lambda: scale.activities(name)[0]["StatusCode"] == "Failed", "with made-by it has 51")
    assert "TagLimitExceeded" in scale.activities(name)[0]["StatusMessage"]
