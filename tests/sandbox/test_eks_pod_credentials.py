"""What a pod gets from EKS Pod Identity: a session of its service account's role, and no more."""

import json
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import ACCOUNT, REGION, AdminError, Aws, unique, until
from tests.sandbox.aws_world import policy, refused
from tests.sandbox.eks_world import World, make_role, make_world, trust

PODS = "pods.eks.amazonaws.com"
BOTH = ("sts:AssumeRole", "sts:TagSession")


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


@pytest.fixture(scope="module")
def cluster(world: World) -> str:
    return world.active_cluster()


@pytest.fixture
def role(world: World) -> str:
    return make_role(world.aws, PODS, *BOTH)


def associate(world: World, cluster: str, role: str, **more: Any) -> str:
    """Associate the role with a new service account of kube-system; its name."""
    account = unique("account")
    world.eks.create_pod_identity_association(
        clusterName=cluster,
        namespace="kube-system",
        serviceAccount=account,
        roleArn=role,
        **more,
    )
    return account


def asked(world: World, cluster: str, account: str) -> dict[str, Any]:
    """What EKS gives a pod of the service account."""
    pod = {"namespace": "kube-system", "serviceAccount": account, "pod": "pod-1", "uid": "u-1"}
    path = f"clusters/{ACCOUNT}/{REGION}/{cluster}/pod-credentials"
    return dict(world.aws.admin("POST", path, pod))


def client(world: World, given: dict[str, Any], service: str) -> Any:
    found = given["credentials"]
    return world.aws.client(
        service,
        key=found["AccessKeyId"],
        secret=found["SecretAccessKey"],
        token=found["SessionToken"],
    )


def test_a_pod_acts_as_its_role_under_a_name_of_its_own(
    world: World, cluster: str, role: str
) -> None:
    given = asked(world, cluster, associate(world, cluster, role))
    assert given["roleArn"] == role
    who = client(world, given, "sts").get_caller_identity()["Arn"]
    name = role.rsplit("/", 1)[-1]
    assert who.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/eks-{cluster[:12]}-pod-1-")


def test_a_service_account_without_an_association_gets_nothing(world: World, cluster: str) -> None:
    with pytest.raises(AdminError) as missing:
        asked(world, cluster, "nobody")
    assert missing.value.status == 404


def test_a_role_that_trusts_eks_no_longer_gives_nothing(
    world: World, cluster: str, role: str
) -> None:
    account = associate(world, cluster, role)
    world.aws.client("iam").update_assume_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyDocument=trust("ec2.amazonaws.com", *BOTH)
    )
    given = asked(world, cluster, account)
    assert given["credentials"] is None
    assert "EKS does not have permissions to assume the associated role" in given["refused"]


@pytest.mark.parametrize("tagged", [True, False], ids=["session tags", "session tags disabled"])
def test_policies_can_ask_for_the_tags_of_the_session(
    world: World, cluster: str, role: str, tagged: bool
) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/kubernetes-namespace": "kube-system"}}
    world.aws.client("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyName="own",
        PolicyDocument=policy({"Action": "ec2:DescribeVpcs", "Condition": condition}),
    )
    given = asked(world, cluster, associate(world, cluster, role, disableSessionTags=not tagged))
    ec2 = client(world, given, "ec2")
    if tagged:
        assert ec2.describe_vpcs()["Vpcs"]
    else:
        assert refused(ec2.describe_vpcs)[0] == "UnauthorizedOperation"


def trusting(world: World, caller: str, *actions: str) -> str:
    """A new role that trusts another for these actions; its ARN."""
    statement = {"Effect": "Allow", "Principal": {"AWS": caller}, "Action": list(actions)}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = world.aws.client("iam")
    made = iam.create_role(RoleName=unique("next"), AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


def test_the_next_role_takes_the_tags_of_the_session_or_is_not_assumed(
    world: World, cluster: str, role: str
) -> None:
    sts = client(world, asked(world, cluster, associate(world, cluster, role)), "sts")
    without, taking = (trusting(world, role, *actions) for actions in (BOTH[:1], BOTH))
    request = {"RoleSessionName": "next"}
    code, text = refused(lambda: sts.assume_role(RoleArn=without, **request))
    assert code == "AccessDenied"
    assert f"is not authorized to perform: sts:TagSession on resource: {without}" in text
    given = sts.assume_role(RoleArn=taking, **request)
    after = trusting(world, taking, *BOTH[:1])
    sts = client(world, {"credentials": given["Credentials"]}, "sts")
    assert refused(lambda: sts.assume_role(RoleArn=after, **request))[0] == "AccessDenied"


def test_without_session_tags_the_next_role_need_not_take_any(
    world: World, cluster: str, role: str
) -> None:
    account = associate(world, cluster, role, disableSessionTags=True)
    sts = client(world, asked(world, cluster, account), "sts")
    without = trusting(world, role, *BOTH[:1])
    assert sts.assume_role(RoleArn=without, RoleSessionName="next")["Credentials"]


@pytest.mark.parametrize("prefix", ["aws", "autoscaling"])
def test_a_role_limited_by_tag_takes_instances_only_out_of_its_own_groups(
    world: World, cluster: str, role: str, prefix: str
) -> None:
    owned = {f"{prefix}:ResourceTag/k8s.io/cluster-autoscaler/mine": "owned"}
    world.aws.client("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyName="own",
        PolicyDocument=policy(
            {
                "Action": [
                    "autoscaling:SetDesiredCapacity",
                    "autoscaling:TerminateInstanceInAutoScalingGroup",
                ],
                "Condition": {"StringEquals": owned},
            }
        ),
    )
    given = asked(world, cluster, associate(world, cluster, role))
    autoscaling, root = client(world, given, "autoscaling"), world.aws.client("autoscaling")
    sizes = {"minSize": 0, "maxSize": 3, "desiredSize": 1}
    group = world.asg(cluster, world.active_nodegroup(cluster, scalingConfig=sizes))
    end = {
        "InstanceId": group["Instances"][0]["InstanceId"],
        "ShouldDecrementDesiredCapacity": True,
    }
    name = group["AutoScalingGroupName"]
    code, text = refused(lambda: autoscaling.terminate_instance_in_auto_scaling_group(**end))
    assert code == "AccessDenied"
    assert f"autoScalingGroupName/{name}" in text
    tag = {"ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": False}
    root.create_or_update_tags(
        Tags=[{**tag, "Key": "k8s.io/cluster-autoscaler/mine", "Value": "owned"}]
    )
    autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    autoscaling.terminate_instance_in_auto_scaling_group(**end)

    def one_left() -> bool:
        described = root.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        there = described["AutoScalingGroups"][0]["Instances"]
        return [i["LifecycleState"] for i in there] == ["InService"]

    until(one_left, "one instance is left")
