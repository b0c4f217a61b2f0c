"""Load balancers of both generations: their tags, the interfaces they leave, what holds what."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws, unique, until
from tests.sandbox.aws_world import refused, user

TAGS = [{"Key": "elbv2.k8s.aws/cluster", "Value": "mine"}]


@pytest.fixture
def network(aws: Aws) -> tuple[str, str, str]:
    """A VPC, a subnet and a security group in it."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.41.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.41.0.0/20")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="lb", Description="d", VpcId=vpc)["GroupId"]
    return vpc, subnet, group


def _interfaces(aws: Aws, vpc: str) -> list[dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    found: list[dict[str, Any]] = aws.client("ec2").describe_network_interfaces(Filters=filters)[
        "NetworkInterfaces"
    ]
    return found


def test_a_newer_one_stands_in_its_subnets_and_leaves_them_some_time_after_it_went(
    aws: Aws, network: tuple[str, str, str]
) -> None:
    vpc, subnet, group = network
    elb, ec2, name = aws.client("elbv2"), aws.client("ec2"), unique("web")
    made = elb.create_load_balancer(Name=name, Subnets=[subnet], SecurityGroups=[group], Tags=TAGS)[
        "LoadBalancers"
    ][0]
    arn = made["LoadBalancerArn"]
    assert made["VpcId"] == vpc
    assert elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"] == TAGS
    (interface,) = _interfaces(aws, vpc)
    assert interface["Description"] == f"ELB {arn.split(':loadbalancer/')[1]}"
    assert interface["Attachment"]["InstanceOwnerId"] == "amazon-elb"
    with aws.frozen(f"loadbalancer/{arn.split(':loadbalancer/')[1]}"):
        elb.delete_load_balancer(LoadBalancerArn=arn)
        assert elb.describe_load_balancers()["LoadBalancers"] == []
        told = refused(lambda: ec2.delete_security_group(GroupId=group))
        assert told == ("DependencyViolation", f"resource {group} has a dependent object")
        assert refused(lambda: ec2.delete_subnet(SubnetId=subnet))[0] == "DependencyViolation"
    until(lambda: not _interfaces(aws, vpc), "its interfaces go")
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def test_a_protected_one_and_a_target_group_in_use_are_not_deleted(
    aws: Aws, network: tuple[str, str, str]
) -> None:
    vpc, subnet, _ = network
    elb = aws.client("elbv2")
    made = elb.create_load_balancer(Name=unique("web"), Subnets=[subnet])["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    group = elb.create_target_group(Name=unique("tg"), Protocol="HTTP", Port=80, VpcId=vpc)
    target = group["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )
    assert refused(lambda: elb.delete_target_group(TargetGroupArn=target))[0] == "ResourceInUse"
    protection = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protection)
    told = refused(lambda: elb.delete_load_balancer(LoadBalancerArn=arn))
    assert told[0] == "OperationNotPermitted"
    protection[0]["Value"] = "false"
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protection)
    elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.delete_target_group(TargetGroupArn=target)


def test_a_classic_one_has_a_name_and_tags_and_is_in_the_dump(
    aws: Aws, network: tuple[str, str, str]
) -> None:
    vpc, subnet, group = network
    elb, name = aws.client("elb"), unique("classic")
    tags = [{"Key": "kubernetes.io/cluster/mine", "Value": "owned"}]
    listener = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30000}
    aws.admin("POST", "baseline")
    elb.create_load_balancer(
        LoadBalancerName=name,
        Listeners=[listener],
        Subnets=[subnet],
        SecurityGroups=[group],
        Tags=tags,
    )
    (shown,) = elb.describe_load_balancers()["LoadBalancerDescriptions"]
    assert (shown["LoadBalancerName"], shown["VPCId"]) == (name, vpc)
    told = elb.describe_tags(LoadBalancerNames=[name])["TagDescriptions"]
    assert told == [{"LoadBalancerName": name, "Tags": tags}]
    leaks = {leak["kind"]: leak for leak in aws.admin("GET", "leaks")}
    assert leaks["elasticloadbalancing:classic"]["tags"] == {"kubernetes.io/cluster/mine": "owned"}
    elb.delete_load_balancer(LoadBalancerName=name)
    elb.delete_load_balancer(LoadBalancerName=name)
    until(lambda: aws.admin("GET", "leaks") == [], "nothing is left")


def test_a_policy_can_be_limited_to_load_balancers_with_a_tag(
    aws: Aws, network: tuple[str, str, str]
) -> None:
    _, subnet, _ = network
    allowed = {
        "Action": "elasticloadbalancing:DeleteLoadBalancer",
        "Condition": {"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}},
    }
    _, key = user(aws, allowed)
    limited, elb = aws.client("elbv2", **key), aws.client("elbv2")
    arns = [
        elb.create_load_balancer(Name=unique("web"), Subnets=[subnet], Tags=tags)["LoadBalancers"][
            0
        ]["LoadBalancerArn"]
        for tags in (TAGS, [{"Key": "team", "Value": "other"}])
    ]
    limited.delete_load_balancer(LoadBalancerArn=arns[0])
    assert refused(lambda: limited.delete_load_balancer(LoadBalancerArn=arns[1]))[0] == (
        "AccessDenied"
    )
    elb.delete_load_balancer(LoadBalancerArn=arns[1])
