"""What EKS makes for a node group: instance profile, copy of the launch template, Auto Scaling."""

from __future__ import annotations

from typing import Any

from sigopt_sandbox.aws.eks import templates
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Nodegroup

Group = dict[str, Any]

WORKER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"


def make(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, disk_gib: int) -> None:
    """Make them all, named by one uuid as in a live group (a Terraform export of 2025)."""
    _make_profile(eks, cluster, nodegroup)
    _make_template(eks, cluster, nodegroup, disk_gib)
    _make_group(eks, cluster, nodegroup)


def _make_profile(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> None:
    name = f"eks-{nodegroup.uuid}"
    role = nodegroup.doc["nodeRole"].rsplit("/", 1)[-1]
    eks.cloud.iam(cluster.scope, "CreateInstanceProfile", InstanceProfileName=name)
    nodegroup.instance_profile = name
    eks.cloud.iam(
        cluster.scope, "AddRoleToInstanceProfile", InstanceProfileName=name, RoleName=role
    )


def _own_template(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> templates.Template | None:
    given = nodegroup.doc.get("launchTemplate")
    if not given:
        return None
    return templates.read(eks, cluster.scope, {"id": given["id"], "version": given["version"]})


def _make_template(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, disk_gib: int) -> None:
    own = _own_template(eks, cluster, nodegroup)
    answer = eks.cloud.ec2(
        cluster.scope,
        "CreateLaunchTemplate",
        LaunchTemplateName=f"eks-{nodegroup.uuid}",
        LaunchTemplateData=templates.copy_data(cluster, nodegroup, own, disk_gib),
        TagSpecifications=[
            {
                "ResourceType": "launch-template",
                "Tags": [
                    {"Key": "eks:cluster-name", "Value": cluster.name},
                    {"Key": "eks:nodegroup-name", "Value": nodegroup.doc["nodegroupName"]},
                ],
            }
        ],
    )
    nodegroup.template_copy = str(answer["LaunchTemplate"]["LaunchTemplateId"])
    nodegroup.template_version = "1"


def new_template_version(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, disk_gib: int) -> None:
    """Another version of EKS's copy, put on the group: what new instances are made from."""
    own = _own_template(eks, cluster, nodegroup)
    answer = eks.cloud.ec2(
        cluster.scope,
        "CreateLaunchTemplateVersion",
        LaunchTemplateId=nodegroup.template_copy,
        LaunchTemplateData=templates.copy_data(cluster, nodegroup, own, disk_gib),
    )
    use_template(eks, cluster, nodegroup, str(answer["LaunchTemplateVersion"]["VersionNumber"]))


def use_template(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, version: str) -> None:
    """Let the group make new instances from that version of EKS's copy."""
    nodegroup.template_version = version
    change(eks, cluster, nodegroup, **_launch(nodegroup))


def _launch(nodegroup: Nodegroup) -> dict[str, Any]:
    template = {
        "LaunchTemplateId": nodegroup.template_copy,
        "Version": nodegroup.template_version,
    }
    if len(nodegroup.instance_types) == 1:
        return {"LaunchTemplate": template}
    overrides = [{"InstanceType": name} for name in nodegroup.instance_types]
    policy = {"LaunchTemplateSpecification": template, "Overrides": overrides}
    spot = nodegroup.doc["capacityType"] == "SPOT"
    distribution = {
        "OnDemandAllocationStrategy": "prioritized",
        "OnDemandPercentageAboveBaseCapacity": 0 if spot else 100,
        "SpotAllocationStrategy": "price-capacity-optimized",
    }
    return {
        "MixedInstancesPolicy": {"LaunchTemplate": policy, "InstancesDistribution": distribution}
    }


def _make_group(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> None:
    scaling = nodegroup.doc["scalingConfig"]
    tags = {
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": nodegroup.doc["nodegroupName"],
        f"k8s.io/cluster-autoscaler/{cluster.name}": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"kubernetes.io/cluster/{cluster.name}": "owned",
    }
    eks.cloud.autoscaling(
        cluster.scope,
        "CreateAutoScalingGroup",
        AutoScalingGroupName=nodegroup.group_name,
        MinSize=scaling["minSize"],
        MaxSize=scaling["maxSize"],
        DesiredCapacity=scaling["desiredSize"],
        VPCZoneIdentifier=",".join(nodegroup.doc["subnets"]),
        HealthCheckType="EC2",
        HealthCheckGracePeriod=15,
        DefaultCooldown=300,
        TerminationPolicies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
        Tags=[
            {
                "Key": key,
                "Value": value,
                "PropagateAtLaunch": True,
                "ResourceId": nodegroup.group_name,
                "ResourceType": "auto-scaling-group",
            }
            for key, value in tags.items()
        ],
        **_launch(nodegroup),
    )
    nodegroup.doc["resources"] = {"autoScalingGroups": [{"name": nodegroup.group_name}]}


def change(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, **members: Any) -> None:
    """Change the auto scaling group."""
    eks.cloud.autoscaling(
        cluster.scope,
        "UpdateAutoScalingGroup",
        AutoScalingGroupName=nodegroup.group_name,
        **members,
    )


def resize(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, scaling: dict[str, int]) -> None:
    """Put new sizes on the auto scaling group."""
    change(
        eks,
        cluster,
        nodegroup,
        MinSize=scaling["minSize"],
        MaxSize=scaling["maxSize"],
        DesiredCapacity=scaling["desiredSize"],
    )


def describe(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> Group | None:
    """The auto scaling group as Auto Scaling describes it; None when it does not exist."""
    answer = eks.cloud.autoscaling(
        cluster.scope,
        "DescribeAutoScalingGroups",
        AutoScalingGroupNames=[nodegroup.group_name],
    )
    found = answer.get("AutoScalingGroups", [])
    return dict(found[0]) if found else None


def in_service(group: Group | None) -> list[str]:
    """The ids of a group's instances that are InService."""
    instances = (group or {}).get("Instances", [])
    return [i["InstanceId"] for i in instances if i["LifecycleState"] == "InService"]


def failed_launch(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> str | None:
    """What the newest scaling activity says, if it is a failed launch."""
    answer = eks.cloud.autoscaling(
        cluster.scope,
        "DescribeScalingActivities",
        AutoScalingGroupName=nodegroup.group_name,
    )
    activities = answer.get("Activities", [])
    newest = activities[0] if activities else {}
    if newest.get("StatusCode") != "Failed":
        return None
    return str(newest.get("StatusMessage", "Launching EC2 instance failed."))


def terminate(eks: Eks, cluster: Cluster, instance: str, *, shrink: bool) -> None:
    """End one drained instance of a group; the desired size falls by it if it is to shrink."""
    eks.cloud.autoscaling(
        cluster.scope,
        "TerminateInstanceInAutoScalingGroup",
        InstanceId=instance,
        ShouldDecrementDesiredCapacity=shrink,
    )


def has_worker_policy(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> bool:
    """Whether the node role has AmazonEKSWorkerNodePolicy now."""
    role = nodegroup.doc["nodeRole"].rsplit("/", 1)[-1]
    try:
        answer = eks.cloud.iam(cluster.scope, "ListAttachedRolePolicies", RoleName=role)
    except AwsError:
        return False
    return any(p["PolicyArn"] == WORKER_POLICY for p in answer["AttachedPolicies"])


def remove(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Remove group, template copy and profile; what is already gone is fine."""
    scope, role = cluster.scope, nodegroup.doc["nodeRole"].rsplit("/", 1)[-1]
    profile, name = nodegroup.instance_profile, nodegroup.group_name
    steps: list[tuple[str, str, dict[str, Any]]] = [
        (
            "autoscaling",
            "DeleteAutoScalingGroup",
            {"AutoScalingGroupName": name, "ForceDelete": True},
        ),
        ("ec2", "DeleteLaunchTemplate", {"LaunchTemplateId": nodegroup.template_copy}),
        (
            "iam",
            "RemoveRoleFromInstanceProfile",
            {"InstanceProfileName": profile, "RoleName": role},
        ),
        ("iam", "DeleteInstanceProfile", {"InstanceProfileName": profile}),
    ]
    for service, action, params in steps:
        if not all(params.values()):
            continue  # it was never made
        try:
            eks.cloud.call(service, action, params, account=scope.account, region=scope.region)
        except AwsError as error:
            if not _is_gone(error):
                raise


def _is_gone(error: AwsError) -> bool:
    return (
        error.code in ("NoSuchEntity", "InvalidLaunchTemplateId.NotFound")
        or "not found" in error.message.lower()
    )
