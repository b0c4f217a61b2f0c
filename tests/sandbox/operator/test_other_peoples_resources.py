"""An account full of other people's things is the same before and after a cluster's whole life."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import Theirs, client, theirs
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed
from sigopt_sandbox.launcher import Sandbox

NAME = "ours"
GONE = ("deleted", "terminated", "DELETE_COMPLETE")
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.79.0.0/16"}}

Things = dict[tuple[str, str, str], Any]


def test_nobody_elses_resource_is_touched_in_the_whole_life_of_a_cluster(
    operator: Installed, person: Person
) -> None:
    with theirs(person.sandbox, f"{NAME}-2") as others, _populated(person.sandbox, others):
        before = things(person.sandbox)
        person.apply(NAME, SPEC)
        person.waits_until_ready(NAME)
        person.apply(NAME, {**SPEC, "cpu": {**SPEC["cpu"], "instanceType": "t3.large"}})
        person.waits_until_ready(NAME)
        person.delete(NAME)
        person.waits_until_gone(NAME)
        after = things(person.sandbox)
        assert {key: after.get(key) for key in before} == before
        assert [key for key in after if key not in before] == []


def things(sandbox: Sandbox) -> Things:
    """Everything that lives in the simulated AWS, by where it is, its kind and its id."""
    return {
        (where, kind, key): facts
        for where, kinds in sandbox.dump().items()
        for kind, found in kinds.items()
        for key, facts in found.items()
        if _living(kind, facts)
    }


def _living(kind: str, facts: Any) -> bool:
    """Not what AWS still describes for a while, and not the service-linked roles that it makes."""
    by_aws = kind == "iam:role" and str(facts.get("path", "")).startswith("/aws-service-role/")
    return facts.get("status") not in GONE and not by_aws


@contextmanager
def _populated(sandbox: Sandbox, others: Theirs) -> Iterator[None]:
    """Other clusters, load balancers, volumes, groups, roles and stacks, with names like ours."""
    with ExitStack() as undo:
        others.make_cluster()
        others.make_node_group()
        _in_their_network(sandbox, others, undo.callback)
        _in_the_account(sandbox, undo.callback)
        yield


def _in_their_network(sandbox: Sandbox, others: Theirs, undo: Callable[..., object]) -> None:
    """With the tags of their cluster, and with ours from an earlier cluster of the same name."""
    ec2, elb, elbv2 = (client(sandbox, name) for name in ("ec2", "elb", "elbv2"))
    vpc = ec2.describe_subnets(SubnetIds=[others.subnets[0]])["Subnets"][0]["VpcId"]
    for cluster in (f"{NAME}-2", NAME):
        tags = [{"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"}]
        newer = [{"Key": "elbv2.k8s.aws/cluster", "Value": cluster}]
        group = ec2.create_security_group(
            GroupName=f"k8s-elb-{cluster}",
            Description="theirs",
            VpcId=vpc,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
        )["GroupId"]
        undo(_removed, ec2, group)
        elb.create_load_balancer(
            LoadBalancerName=f"classic-{cluster}",
            Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30000}],
            Subnets=list(others.subnets),
            SecurityGroups=[group],
            Tags=tags,
        )
        undo(elb.delete_load_balancer, LoadBalancerName=f"classic-{cluster}")
        made = elbv2.create_load_balancer(
            Name=f"web-{cluster}", Subnets=list(others.subnets), Tags=newer
        )["LoadBalancers"][0]
        undo(elbv2.delete_load_balancer, LoadBalancerArn=made["LoadBalancerArn"])
        target = elbv2.create_target_group(
            Name=f"web-{cluster}", Protocol="HTTP", Port=80, VpcId=vpc, Tags=newer
        )["TargetGroups"][0]
        undo(elbv2.delete_target_group, TargetGroupArn=target["TargetGroupArn"])
        interface = ec2.create_network_interface(
            SubnetId=others.subnets[0], Description="aws-K8S-i-0123456789abcdef0"
        )["NetworkInterface"]["NetworkInterfaceId"]
        undo(ec2.delete_network_interface, NetworkInterfaceId=interface)


def _removed(ec2: Any, group: str) -> None:
    """Their group, once the load balancer's interfaces are gone."""
    eventually(lambda: not _worn(ec2, group), lambda: f"{group} is free", within=60)
    ec2.delete_security_group(GroupId=group)


def _worn(ec2: Any, group: str) -> bool:
    told = ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [group]}])
    return bool(told["NetworkInterfaces"])


def _in_the_account(sandbox: Sandbox, undo: Callable[..., object]) -> None:
    ec2, iam, cfn = (client(sandbox, name) for name in ("ec2", "iam", "cloudformation"))
    for key in ("kubernetes.io/created-for/pvc/name", f"kubernetes.io/cluster/{NAME}"):
        volume = ec2.create_volume(
            AvailabilityZone="us-west-2a",
            Size=1,
            TagSpecifications=[
                {"ResourceType": "volume", "Tags": [{"Key": key, "Value": "owned"}]}
            ],
        )["VolumeId"]
        undo(ec2.delete_volume, VolumeId=volume)
    template = ec2.create_launch_template(
        LaunchTemplateName=f"{NAME}-2-cpu", LaunchTemplateData={"InstanceType": "t3.micro"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    undo(ec2.delete_launch_template, LaunchTemplateId=template)
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    document = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    for role in (f"{NAME}-2-node-role", f"{NAME}-2-k8s-access-role"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(document))
        undo(iam.delete_role, RoleName=role)
    stack = f"{NAME}-2-sigopt"
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"V": VPC}}))
    cfn.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    undo(cfn.delete_stack, StackName=stack)
