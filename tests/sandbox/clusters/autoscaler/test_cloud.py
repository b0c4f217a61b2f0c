"""What the autoscaler asks of AWS, against the simulated one and its signatures and policies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from botocore.credentials import Credentials
from tests.sandbox.aws_fixtures import REGION, Aws, unique, until
from tests.sandbox.aws_world import user
from tests.sandbox.clusters.autoscaler.things import TYPE
from tests.sandbox.eks_world import World, make_world

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import AwsError, AwsRequests
from sigopt_sandbox.clusters.autoscaler.acts.cloud import Cloud
from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.times import Times
from sigopt_sandbox.clusters.autoscaler.values.groups import Group

LOOKING = {
    "Action": [
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
    ]
}


@dataclass(frozen=True)
class Asked:
    """A cloud as some user sees it."""

    cloud: Cloud
    log: Path

    async def group(self, cluster: str) -> Group:
        """The one group of a cluster."""
        found = await self.cloud.groups(
            (
                (f"k8s.io/cluster-autoscaler/{cluster}", ""),
                ("k8s.io/cluster-autoscaler/enabled", ""),
            )
        )
        (one,) = found.values()
        return one


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


@pytest.fixture
def cluster(world: World) -> str:
    return world.active_cluster()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def asked(
    world: World, session: aiohttp.ClientSession, tmp_path: Path, *statements: dict[str, Any]
) -> Asked:
    """The cloud as a new user with this policy sees it."""
    _, key = user(world.aws, *statements)

    async def signer() -> Credentials:
        return Credentials(key["key"], key["secret"])

    log = tmp_path / "log"
    requests = AwsRequests(session, world.aws.url, REGION, signer)
    return Asked(Cloud(requests, Times(60), Journal(log)), log)


async def test_groups_are_found_by_the_tags_that_eks_puts_on_them(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    pool = world.active_nodegroup(cluster)
    world.active_nodegroup(world.active_cluster())
    found = await asked(world, session, tmp_path, LOOKING).group(cluster)
    assert found.tags["eks:nodegroup-name"] == pool
    assert (found.min, found.desired, found.max) == (0, 0, 3)
    assert found.zones


async def test_many_groups_come_in_pages(
    world: World, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    autoscaling, tag = world.aws.client("autoscaling"), unique("many")
    template = unique("template")
    world.aws.client("ec2").create_launch_template(
        LaunchTemplateName=template, LaunchTemplateData={"InstanceType": "t3.micro"}
    )
    for number in range(101):
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=f"{tag}-{number}",
            MinSize=0,
            MaxSize=1,
            LaunchTemplate={"LaunchTemplateName": template},
            VPCZoneIdentifier=world.network.subnets[0],
            Tags=[{"Key": tag, "Value": "yes", "PropagateAtLaunch": False}],
        )
    found = await asked(world, session, tmp_path, LOOKING).cloud.groups(((tag, "yes"),))
    assert len(found) == 101
    for name in found:
        autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name)


async def test_a_template_knows_what_ec2_and_eks_tell(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    world.active_nodegroup(
        cluster,
        instanceTypes=["g4dn.xlarge"],
        amiType="AL2023_x86_64_NVIDIA",
        labels={TYPE: "gpu"},
        taints=[{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
    )
    everything = asked(world, session, tmp_path, LOOKING, {"Action": "eks:DescribeNodegroup"})
    node = await everything.cloud.template(await everything.group(cluster))
    assert node
    assert node.allocatable["nvidia.com/gpu"] == 1000
    assert node.allocatable["cpu"] == 4000
    assert node.labels[TYPE] == "gpu"
    assert [taint.effect for taint in node.taints] == ["NoSchedule"]


async def test_where_eks_may_not_be_asked_only_the_groups_tags_count(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    world.active_nodegroup(cluster, labels={TYPE: "cpu"})
    looking = asked(world, session, tmp_path, LOOKING)
    node = await looking.cloud.template(await looking.group(cluster))
    assert node
    assert TYPE not in node.labels
    assert "api error AccessDeniedException" in looking.log.read_text()


async def test_the_first_of_several_types_stands_for_all(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    world.active_nodegroup(cluster, instanceTypes=["m5.2xlarge", "t3.large"])
    looking = asked(world, session, tmp_path, LOOKING)
    node = await looking.cloud.template(await looking.group(cluster))
    assert node
    assert node.labels["node.kubernetes.io/instance-type"] == "m5.2xlarge"
    assert node.allocatable["cpu"] == 8000


@pytest.mark.parametrize(
    "missing", ["ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplateVersions"]
)
async def test_without_ec2s_word_there_is_no_template(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path, missing: str
) -> None:
    world.active_nodegroup(cluster)
    actions = [action for action in LOOKING["Action"] if action != missing]
    looking = asked(world, session, tmp_path, {"Action": actions})
    assert await looking.cloud.template(await looking.group(cluster)) is None
    assert missing in looking.log.read_text()


async def test_sizes_are_set_and_instances_taken_out(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    pool = world.active_nodegroup(cluster)
    scaling = asked(world, session, tmp_path, {"Action": "autoscaling:*"})
    group = await scaling.group(cluster)
    await scaling.cloud.set_desired(group.name, 1)

    def launched() -> list[dict[str, Any]]:
        return list(world.asg(cluster, pool)["Instances"])

    until(launched, "an instance is launched")
    assert not await scaling.cloud.launch_failed(group.name, None)
    await scaling.cloud.terminate(launched()[0]["InstanceId"])
    assert (await scaling.group(cluster)).desired == 0


async def test_a_denial_is_told_with_the_principal_and_the_action(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    world.active_nodegroup(cluster)
    looking = asked(world, session, tmp_path, LOOKING)
    group = await looking.group(cluster)
    with pytest.raises(AwsError) as denied:
        await looking.cloud.set_desired(group.name, 1)
    text = str(denied.value)
    assert text.startswith("operation error Auto Scaling: SetDesiredCapacity, https response error")
    assert "api error AccessDenied: User: arn:aws:iam::" in text
    assert "is not authorized to perform: autoscaling:SetDesiredCapacity" in text


async def test_a_failed_launch_is_known(
    world: World, cluster: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    pool = world.active_nodegroup(cluster)
    scaling = asked(world, session, tmp_path, {"Action": "autoscaling:*"})
    group = await scaling.group(cluster)
    what = {"what": f"launch/{pool}", "how": "InsufficientInstanceCapacity:none left"}
    world.aws.admin("POST", "fail", what)
    await scaling.cloud.set_desired(group.name, 1)

    def failed() -> bool:
        found = world.aws.client("autoscaling").describe_scaling_activities(
            AutoScalingGroupName=group.name
        )["Activities"]
        return any(one["StatusCode"] == "Failed" for one in found)

    until(failed, "a launch failed")
    assert await scaling.cloud.launch_failed(group.name, None)
