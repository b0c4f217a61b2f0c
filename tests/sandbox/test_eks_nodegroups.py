"""Node groups over time: what is made for them, their nodes, their updates, their end."""

from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws, unique, until
from tests.sandbox.eks_world import Refusal, World, make_role, make_world, refusal


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


@pytest.fixture(scope="module")
def cluster(world: World) -> str:
    return world.active_cluster()


def _nodes(world: World, cluster: str, group: str) -> list[dict[str, Any]]:
    return [n for n in world.listed(cluster)["nodes"] if n["nodegroup"] == group]


def _leftovers(world: World, uuid: str) -> list[str]:
    """What still carries the uuid of a node group in EC2, Auto Scaling and IAM."""
    templates = world.aws.client("ec2").describe_launch_templates()["LaunchTemplates"]
    groups = world.aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    profiles = world.aws.client("iam").list_instance_profiles()["InstanceProfiles"]
    names = [t["LaunchTemplateName"] for t in templates]
    names += [g["AutoScalingGroupName"] for g in groups]
    names += [p["InstanceProfileName"] for p in profiles]
    return [name for name in names if uuid in name]


def test_a_group_is_made_of_an_auto_scaling_group_a_template_and_a_profile_and_leaves_none(
    world: World, cluster: str
) -> None:
    name = unique("group")
    made = world.eks.create_nodegroup(**world.nodegroup_request(cluster, name))["nodegroup"]
    assert made["status"] == "CREATING"
    assert made["amiType"] == "AL2023_x86_64_STANDARD"
    assert made["releaseVersion"].startswith("1.34.")
    world.await_nodegroup(cluster, name)
    uuid = made["nodegroupArn"].rsplit("/", 1)[-1]
    asg = world.asg(cluster, name)
    tags = {t["Key"]: t["Value"] for t in asg["Tags"]}
    assert asg["AutoScalingGroupName"] == f"eks-{name}-{uuid}"
    assert tags == {
        "eks:cluster-name": cluster,
        "eks:nodegroup-name": name,
        f"k8s.io/cluster-autoscaler/{cluster}": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"kubernetes.io/cluster/{cluster}": "owned",
    }
    assert len(_leftovers(world, uuid)) == 3
    refused = refusal(world.eks.delete_cluster, name=cluster)
    assert refused == Refusal("ResourceInUseException", "Cluster has nodegroups attached", 409)
    deleting = world.eks.delete_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
    assert deleting["status"] == "DELETING"
    until(lambda: name not in world.eks.list_nodegroups(clusterName=cluster)["nodegroups"], "gone")
    assert _leftovers(world, uuid) == []
    missing = refusal(world.eks.describe_nodegroup, clusterName=cluster, nodegroupName=name)
    assert missing.message == f"No node group found for name: {name}."


def test_every_instance_in_service_is_a_node_with_the_labels_of_eks(
    world: World, cluster: str
) -> None:
    taint = {"key": "dedicated", "value": "", "effect": "NO_SCHEDULE"}
    name = world.active_nodegroup(
        cluster,
        labels={"team": "ml"},
        taints=[taint],
        scalingConfig={"minSize": 0, "maxSize": 3, "desiredSize": 2},
    )
    nodes = _nodes(world, cluster, name)
    assert len(nodes) == 2
    assert {n["zone"] for n in nodes} == {"us-west-2a", "us-west-2b"}
    node = nodes[0]
    assert node["providerID"] == f"aws:///{node['zone']}/{node['instanceId']}"
    assert node["name"].endswith(".us-west-2.compute.internal")
    assert node["ready"]
    labels = node["labels"]
    assert labels["team"] == "ml"
    assert labels["eks.amazonaws.com/nodegroup"] == name
    assert labels["eks.amazonaws.com/capacityType"] == "ON_DEMAND"
    assert labels["eks.amazonaws.com/nodegroup-image"].startswith("ami-")
    assert labels["node.kubernetes.io/instance-type"] == "t3.medium"
    assert labels["topology.kubernetes.io/zone"] == node["zone"]
    assert node["taints"] == [{"key": "dedicated", "value": "", "effect": "NoSchedule"}]
    assert node["capacity"]["cpu"] == "2"
    assert node["capacity"]["pods"] == "17"
    assert node["gpu"] == 0
    described = world.nodegroup(cluster, name)
    assert described["taints"] == [{"key": "dedicated", "effect": "NO_SCHEDULE"}]
    entries = world.eks.list_access_entries(clusterName=cluster)["accessEntries"]
    assert world.node_role in entries


def test_gpus_are_seen_only_through_an_image_with_the_driver(world: World, cluster: str) -> None:
    size = {"minSize": 0, "maxSize": 1, "desiredSize": 1}
    gpus = {}
    for image in ("AL2023_x86_64_NVIDIA", "AL2023_x86_64_STANDARD"):
        name = world.active_nodegroup(
            cluster, amiType=image, instanceTypes=["g5.xlarge"], scalingConfig=size
        )
        gpus[image] = [n["gpu"] for n in _nodes(world, cluster, name)]
    assert gpus == {"AL2023_x86_64_NVIDIA": [1], "AL2023_x86_64_STANDARD": [0]}


def test_the_desired_size_follows_the_auto_scaling_group(world: World, cluster: str) -> None:
    name = world.active_nodegroup(cluster)
    asg = world.asg(cluster, name)["AutoScalingGroupName"]
    world.aws.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=asg, DesiredCapacity=2
    )
    assert world.nodegroup(cluster, name)["scalingConfig"]["desiredSize"] == 2
    until(lambda: len(_nodes(world, cluster, name)) == 2, "two nodes")
    refused = refusal(
        world.eks.update_nodegroup_config,
        clusterName=cluster,
        nodegroupName=name,
        scalingConfig={"minSize": 3},
    )
    assert refused.message == "Minimum capacity 3 can't be greater than desired size 2"


def test_a_failed_scale_out_degrades_the_group_until_one_succeeds(
    world: World, cluster: str
) -> None:
    name = world.active_nodegroup(cluster)
    asg = world.asg(cluster, name)["AutoScalingGroupName"]
    autoscaling = world.aws.client("autoscaling")
    with world.aws.without_vcpus():  # one that only fails once is tried again in a moment
        autoscaling.set_desired_capacity(AutoScalingGroupName=asg, DesiredCapacity=1)
        degraded = world.await_nodegroup(cluster, name, "DEGRADED")
    issue = degraded["health"]["issues"][0]
    assert issue["code"] == "AsgInstanceLaunchFailures"
    assert issue["message"].startswith("Could not launch On-Demand Instances. ")
    assert issue["resourceIds"] == [asg]
    world.await_nodegroup(cluster, name, "ACTIVE")


def test_labels_taints_and_sizes_change_together(world: World, cluster: str) -> None:
    taint = {"key": "k", "value": "v", "effect": "NO_EXECUTE"}
    name = world.active_nodegroup(cluster, labels={"a": "1", "b": "1"}, taints=[taint])
    what = f"nodegroup/{cluster}/{name}"
    group = {"clusterName": cluster, "nodegroupName": name}
    with world.aws.frozen(what):
        update = world.eks.update_nodegroup_config(
            **group,
            labels={"addOrUpdateLabels": {"b": "2", "c": "3"}, "removeLabels": ["a"]},
            taints={"removeTaints": [taint]},
            scalingConfig={"maxSize": 5},
        )["update"]
        assert update["type"] == "ConfigUpdate"
        assert world.nodegroup(cluster, name)["status"] == "UPDATING"
        busy = refusal(world.eks.update_nodegroup_version, **group)
        assert busy == Refusal(
            "ResourceInUseException",
            "Nodegroup cannot be updated as it is currently not in Active State",
            409,
        )
    ended = world.await_update(cluster, update["id"], nodegroupName=name)
    assert ended["status"] == "Successful"
    described = world.nodegroup(cluster, name)
    assert described["labels"] == {"b": "2", "c": "3"}
    assert "taints" not in described
    assert described["scalingConfig"] == {"minSize": 0, "maxSize": 5, "desiredSize": 0}
    assert world.asg(cluster, name)["MaxSize"] == 5
    hidden = refusal(world.eks.describe_update, name=cluster, updateId=update["id"])
    assert hidden.code == "ResourceNotFoundException"


def test_several_types_are_one_group_with_overrides(world: World, cluster: str) -> None:
    types = ["t3.medium", "t3.large"]
    size = {"minSize": 0, "maxSize": 2, "desiredSize": 1}
    name = world.active_nodegroup(cluster, instanceTypes=types, scalingConfig=size)
    policy = world.asg(cluster, name)["MixedInstancesPolicy"]["LaunchTemplate"]
    assert [o["InstanceType"] for o in policy["Overrides"]] == types
    assert [n["instanceType"] for n in _nodes(world, cluster, name)] == ["t3.medium"]
    assert world.nodegroup(cluster, name)["instanceTypes"] == types


BEYOND_THE_SET_UP = 301
"""Seconds from an update's beginning after which EKS has raised the group's sizes."""


def test_a_version_update_replaces_every_node_and_then_restores_the_sizes(world: World) -> None:
    cluster = world.active_cluster(version="1.33")
    size = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
    name = world.active_nodegroup(cluster, scalingConfig=size)
    old = {n["instanceId"] for n in _nodes(world, cluster, name)}
    update = world.eks.update_cluster_version(name=cluster, version="1.34")["update"]
    world.await_update(cluster, update["id"])
    group = {"clusterName": cluster, "nodegroupName": name}
    with world.aws.stopped():
        rolled = world.eks.update_nodegroup_version(**group)["update"]
        world.aws.admin("POST", "eks/clock", {"advance": BEYOND_THE_SET_UP})
        assert world.asg(cluster, name)["MaxSize"] > 2
    ended = world.await_update(cluster, rolled["id"], nodegroupName=name)
    assert ended["status"] == "Successful", ended
    described = world.nodegroup(cluster, name)
    assert described["version"] == "1.34"
    assert described["releaseVersion"].startswith("1.34.")
    until(lambda: len(_nodes(world, cluster, name)) == 2, "two nodes again")
    assert not old & {n["instanceId"] for n in _nodes(world, cluster, name)}
    assert world.asg(cluster, name)["MaxSize"] == 2
    ahead = refusal(world.eks.update_nodegroup_version, **group, version="1.35")
    assert ahead.message == (
        "Nodegroup Kubernetes version should be equal to Cluster kubernetes version 1.34 or "
        "NodeGroup kubernetes version 1.34"
    )


def test_a_failed_version_update_leaves_the_former_version(world: World) -> None:
    cluster = world.active_cluster(version="1.33")
    name = world.active_nodegroup(cluster)
    update = world.eks.update_cluster_version(name=cluster, version="1.34")["update"]
    world.await_update(cluster, update["id"])
    text = f"Reached max retries while trying to evict pods from nodes in node group {name}"
    how = f"Failed:PodEvictionFailure: {text}"
    world.aws.admin("POST", "fail", {"what": f"nodegroup/{cluster}/{name}", "how": how})
    group = {"clusterName": cluster, "nodegroupName": name}
    rolled = world.eks.update_nodegroup_version(**group)["update"]
    ended = world.await_update(cluster, rolled["id"], nodegroupName=name)
    assert ended["status"] == "Failed"
    assert ended["errors"][0]["errorCode"] == "PodEvictionFailure"
    described = world.nodegroup(cluster, name)
    assert (described["version"], described["status"]) == ("1.33", "ACTIVE")


def test_nodes_without_a_network_plugin_never_join_and_the_group_fails(world: World) -> None:
    cluster = world.active_cluster(bootstrapSelfManagedAddons=False)
    name = unique("group")
    size = {"minSize": 0, "maxSize": 1, "desiredSize": 1}
    request = world.nodegroup_request(cluster, name, scalingConfig=size)
    world.eks.create_nodegroup(**request)
    failed = world.await_nodegroup(cluster, name, "CREATE_FAILED")
    issue = failed["health"]["issues"][0]
    assert issue["code"] == "NodeCreationFailure"
    assert issue["message"] == "Instances failed to join the kubernetes cluster"
    assert [n["instanceId"] for n in _nodes(world, cluster, name)] == issue["resourceIds"]
    assert not _nodes(world, cluster, name)[0]["ready"]
    world.eks.create_addon(clusterName=cluster, addonName="vpc-cni")
    world.eks.get_waiter("addon_active").wait(
        clusterName=cluster, addonName="vpc-cni", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert world.nodegroup(cluster, name)["status"] == "CREATE_FAILED"
    assert world.active_nodegroup(cluster, scalingConfig=size)


def test_a_role_made_again_keeps_nodes_out_until_its_entry_is_too(
    world: World, cluster: str
) -> None:
    """EKS keeps the entry that it made with the first node group, and the unique id in it."""
    name = unique("nodes")
    role = make_role(world.aws, "ec2.amazonaws.com", name=name)
    first = world.active_nodegroup(cluster, nodeRole=role)
    world.eks.delete_nodegroup(clusterName=cluster, nodegroupName=first)
    until(lambda: first not in world.eks.list_nodegroups(clusterName=cluster)["nodegroups"], "gone")
    of_role = {"clusterName": cluster, "principalArn": role}
    before = world.eks.describe_access_entry(**of_role)["accessEntry"]
    assert before["type"] == "EC2_LINUX"
    world.aws.client("iam").delete_role(RoleName=name)
    assert make_role(world.aws, "ec2.amazonaws.com", name=name) == role
    second = unique("group")
    sizes = {"minSize": 0, "maxSize": 1, "desiredSize": 1}
    world.eks.create_nodegroup(
        **world.nodegroup_request(cluster, second, nodeRole=role, scalingConfig=sizes)
    )
    until(lambda: _nodes(world, cluster, second), "an instance is in service")
    assert not _nodes(world, cluster, second)[0]["ready"]
    after = world.eks.describe_access_entry(**of_role)["accessEntry"]
    assert after["accessEntryArn"] == before["accessEntryArn"], "EKS makes no other"
    world.eks.delete_access_entry(**of_role)
    world.eks.create_access_entry(**of_role, type="EC2_LINUX")
    world.await_nodegroup(cluster, second)
    assert _nodes(world, cluster, second)[0]["ready"]


def test_an_armed_failure_is_a_health_issue_and_the_group_can_be_deleted(
    world: World, cluster: str
) -> None:
    name = unique("group")
    text = "Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more"
    how = f"CREATE_FAILED:AsgInstanceLaunchFailures: {text}"
    world.aws.admin("POST", "fail", {"what": f"nodegroup/{cluster}/group-*", "how": how})
    world.eks.create_nodegroup(**world.nodegroup_request(cluster, name))
    failed = world.await_nodegroup(cluster, name, "CREATE_FAILED")
    issue = failed["health"]["issues"][0]
    assert (issue["code"], issue["message"]) == ("AsgInstanceLaunchFailures", text)
    group = {"clusterName": cluster, "nodegroupName": name}
    assert refusal(world.eks.update_nodegroup_version, **group).status == 409
    world.eks.delete_nodegroup(**group)
    until(lambda: name not in world.eks.list_nodegroups(clusterName=cluster)["nodegroups"], "gone")


def test_a_failure_armed_for_a_creation_does_not_meet_a_deletion(
    world: World, cluster: str
) -> None:
    name = world.active_nodegroup(cluster)
    how = {"what": f"nodegroup/{cluster}/{name}", "how": "CREATE_FAILED:canary"}
    world.aws.admin("POST", "fail", how)
    world.eks.delete_nodegroup(clusterName=cluster, nodegroupName=name)
    until(lambda: name not in world.eks.list_nodegroups(clusterName=cluster)["nodegroups"], "gone")


def test_a_role_that_loses_its_policy_during_the_drain_ends_in_delete_failed(
    world: World,
) -> None:
    other = make_world(world.aws)
    cluster = other.active_cluster()
    name = other.active_nodegroup(cluster)
    iam, role = world.aws.client("iam"), other.node_role.rsplit("/", 1)[-1]
    policy = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    group = {"clusterName": cluster, "nodegroupName": name}
    other.eks.delete_nodegroup(**group)
    failed = other.await_nodegroup(cluster, name, "DELETE_FAILED")
    codes = [issue["code"] for issue in failed["health"]["issues"]]
    assert codes == ["AccessDenied", "AutoScalingGroupInvalidConfiguration"]
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    other.eks.delete_nodegroup(**group)
    until(lambda: name not in other.eks.list_nodegroups(clusterName=cluster)["nodegroups"], "gone")


def test_a_creating_group_can_be_deleted_unless_the_switch_says_otherwise(
    world: World, cluster: str
) -> None:
    name = unique("group")
    group = {"clusterName": cluster, "nodegroupName": name}
    with world.aws.frozen(f"nodegroup/{cluster}/{name}"):
        world.eks.create_nodegroup(**world.nodegroup_request(cluster, name))
        with world.aws.switched(nodegroup_delete_always=False):
            assert refusal(world.eks.delete_nodegroup, **group).code == "ResourceInUseException"
        assert world.eks.delete_nodegroup(**group)["nodegroup"]["status"] == "DELETING"
    until(lambda: name not in world.eks.list_nodegroups(clusterName=cluster)["nodegroups"], "gone")
