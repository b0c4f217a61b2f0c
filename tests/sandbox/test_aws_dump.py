"""The dump tells everything that exists; a leak is what was not there at the beginning."""

from typing import Any

import pytest
from tests.sandbox.aws_fixtures import ACCOUNT, Aws, unique, until
from tests.sandbox.aws_world import network_template, new_stack, trust
from tests.sandbox.eks_world import make_world


def _leaks(aws: Aws, kind: str) -> list[dict[str, Any]]:
    return [leak for leak in aws.admin("GET", "leaks") if leak["kind"] == kind]


def _with_nat(aws: Aws, nat: str) -> dict[str, Any]:
    """The dump, once the gateway is available: CloudFormation may be a moment ahead of it."""
    here: dict[str, Any] = aws.admin("GET", "dump")[f"{ACCOUNT}/us-west-2"]
    return here if here["ec2:natgateway"][nat]["status"] == "available" else {}


def test_a_stack_and_its_parts_are_in_the_dump(aws: Aws) -> None:
    stack = new_stack(aws)
    stack.create(network_template(), Tags=[{"Key": "owner", "Value": "me"}])
    assert stack.settled() == "CREATE_COMPLETE"
    nat = stack.outputs()["Nat"]
    here = until(lambda: _with_nat(aws, nat), "the NAT gateway is available")
    vpc = stack.outputs()["Vpc"]
    assert here["ec2:vpc"][vpc]["tags"]["owner"] == "me"
    assert here["cloudformation:stack"][stack.name]["status"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("kind", ["ec2:vpc", "ec2:natgateway", "cloudformation:stack"])
def test_a_deleted_network_leaves_no_leak(aws: Aws, kind: str) -> None:
    aws.admin("POST", "baseline")
    stack = new_stack(aws)
    stack_id = stack.create(network_template())
    assert stack.settled() == "CREATE_COMPLETE"
    assert _leaks(aws, kind)
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"
    assert aws.admin("GET", "leaks") == []


def test_a_new_thing_is_a_leak_with_its_tags_until_it_is_gone(aws: Aws) -> None:
    aws.admin("POST", "baseline")
    iam, name = aws.client("iam"), unique("role")
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}),
        Tags=[{"Key": "owner", "Value": "me"}],
    )
    assert aws.admin("GET", "leaks") == [
        {
            "where": f"{ACCOUNT}/global",
            "kind": "iam:role",
            "id": name,
            "tags": {"owner": "me"},
        }
    ]
    iam.delete_role(RoleName=name)
    assert aws.admin("GET", "leaks") == []


def test_service_linked_roles_and_default_networks_are_no_leaks(aws: Aws) -> None:
    aws.admin("POST", "baseline")
    account = "777788889999"
    aws.client("iam", key=account).create_service_linked_role(AWSServiceName="eks.amazonaws.com")
    assert aws.client("ec2", key=account, region="eu-north-1").describe_vpcs()["Vpcs"]
    assert aws.admin("GET", "leaks") == []


def test_a_cluster_is_a_leak_with_everything_that_eks_made_for_it(aws: Aws) -> None:
    world = make_world(aws)
    aws.admin("POST", "baseline")
    name = world.active_cluster()
    kinds = {leak["kind"] for leak in aws.admin("GET", "leaks")}
    assert kinds == {"eks:cluster", "ec2:security-group", "ec2:network-interface"}
    world.eks.delete_cluster(name=name)
    world.await_gone(name)
    until(lambda: aws.admin("GET", "leaks") == [], "nothing is left")


def test_what_a_person_puts_into_a_default_network_is_a_leak(aws: Aws) -> None:
    account = "777788889998"
    ec2 = aws.client("ec2", key=account)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    aws.admin("POST", "baseline")
    group = ec2.create_security_group(GroupName="by-hand", Description="d", VpcId=vpc)["GroupId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.200.0/24")
    subnet = made["Subnet"]["SubnetId"]
    assert {leak["id"] for leak in aws.admin("GET", "leaks")} == {group, table, subnet}
    ec2.delete_security_group(GroupId=group)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_subnet(SubnetId=subnet)
    assert aws.admin("GET", "leaks") == []


def test_one_account_is_told_of_alone_and_remembered_alone(aws: Aws) -> None:
    ours, theirs, name = "777788889996", "777788889997", unique("role")
    for account in (ours, theirs):
        aws.client("iam", key=account).create_role(
            RoleName=name, AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"})
        )
    assert set(aws.admin("GET", f"dump?account={ours}")) == {f"{ours}/global"}
    aws.admin("POST", f"baseline?account={ours}")
    assert aws.admin("GET", f"leaks?account={ours}") == []
    (leak,) = aws.admin("GET", f"leaks?account={theirs}")
    assert (leak["where"], leak["id"]) == (f"{theirs}/global", name)
    for account in (ours, theirs):
        aws.client("iam", key=account).delete_role(RoleName=name)


def test_the_whole_of_a_thing_is_told_when_asked_for(aws: Aws) -> None:
    world = make_world(aws)
    name = world.active_cluster()
    here = aws.admin("GET", f"dump?account={ACCOUNT}&whole=1")[f"{ACCOUNT}/us-west-2"]
    assert here["eks:cluster"][name]["record"]["version"] == "1.34"
    assert any(facts.get("furniture") for facts in here["ec2:vpc"].values())
    assert all("record" in facts for facts in here["ec2:subnet"].values())
    world.eks.delete_cluster(name=name)
    world.await_gone(name)
