"""Deleting stacks: in order, held by what others left, refused when protected."""

import pytest
from tests.sandbox.aws_fixtures import Aws, unique, until
from tests.sandbox.aws_world import (
    ROOT,
    Stack,
    network_template,
    new_stack,
    refused,
    role_template,
    subnet,
    vpc_template,
)


def _network(aws: Aws) -> Stack:
    stack = new_stack(aws)
    stack.create(network_template())
    assert stack.settled() == "CREATE_COMPLETE"
    return stack


def test_a_deleted_stack_is_known_by_its_id_alone(aws: Aws) -> None:
    stack = new_stack(aws)
    stack_id = stack.create(vpc_template())
    stack.settled()
    vpc = stack.resources()["Vpc"]["PhysicalResourceId"]
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"
    assert "EnableTerminationProtection" not in stack.described(stack_id)
    assert refused(stack.described) == (
        "ValidationError",
        f"Stack with id {stack.name} does not exist",
    )
    assert refused(lambda: stack.events("Vpc")) == (
        "ValidationError",
        f"Stack [{stack.name}] does not exist",
    )
    code, _ = refused(lambda: aws.client("ec2").describe_vpcs(VpcIds=[vpc]))
    assert code == "InvalidVpcID.NotFound"
    assert refused(
        lambda: stack.cloudformation.update_stack(StackName=stack_id, TemplateBody="{}")
    ) == (
        "ValidationError",
        f"Stack:{stack_id} is in DELETE_COMPLETE state and can not be updated.",
    )


def test_deleting_an_unknown_stack_is_silent(aws: Aws) -> None:
    new_stack(aws).delete()


def test_a_protected_stack_is_not_deleted(aws: Aws) -> None:
    stack = new_stack(aws)
    stack_id = stack.create(vpc_template(), EnableTerminationProtection=True)
    stack.settled()
    assert refused(stack.delete) == (
        "ValidationError",
        f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
    )
    stack.cloudformation.update_termination_protection(
        StackName=stack.name, EnableTerminationProtection=False
    )
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"


def test_a_foreign_interface_holds_the_network_until_it_is_gone(aws: Aws) -> None:
    stack, ec2 = _network(aws), aws.client("ec2")
    stack_id, made = stack.described()["StackId"], stack.outputs()
    foreign = ec2.create_network_interface(SubnetId=made["Private"], Groups=[made["Group"]])
    interface = foreign["NetworkInterface"]["NetworkInterfaceId"]
    stack.delete()
    assert stack.settled() == "DELETE_FAILED"
    reason = stack.described()["StackStatusReason"]
    assert reason == "The following resource(s) failed to delete: [Group, Private]. "
    (why,) = stack.reasons("Private", "DELETE_FAILED")
    assert f"The subnet '{made['Private']}' has dependencies and cannot be deleted." in why
    left = set(stack.resources())
    assert "Vpc" in left
    assert "Nat" not in left

    ec2.delete_network_interface(NetworkInterfaceId=interface)
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"


def test_a_foreign_policy_holds_a_role(aws: Aws) -> None:
    stack, iam, name = new_stack(aws), aws.client("iam"), unique("role")
    stack_id = stack.create(role_template(name, ROOT))
    stack.settled()
    foreign = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.attach_role_policy(RoleName=name, PolicyArn=foreign)
    stack.delete()
    assert stack.settled() == "DELETE_FAILED"
    (why,) = stack.reasons("Role", "DELETE_FAILED")
    assert "Cannot delete entity, must detach all policies first." in why
    iam.detach_role_policy(RoleName=name, PolicyArn=foreign)
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"


def test_a_failed_deletion_may_retain_or_be_forced(aws: Aws) -> None:
    stack = new_stack(aws)
    stack_id = stack.create(vpc_template())
    stack.settled()
    code, message = refused(lambda: stack.delete(DeletionMode="FORCE_DELETE_STACK"))
    assert code == "ValidationError"
    assert message == (
        f"Invalid operation on stack [{stack_id}]. You can activate DeletionMode "
        "FORCE_DELETE_STACK in a delete stack operation only when the stack is in the "
        "DELETE_FAILED state."
    )
    failure = {"what": f"stack/{stack.name}/Vpc", "how": "DELETE_FAILED:held"}
    aws.admin("POST", "fail", failure)
    stack.delete()
    assert stack.settled() == "DELETE_FAILED"
    vpc = stack.resources()["Vpc"]["PhysicalResourceId"]
    stack.delete(RetainResources=["Vpc"])
    assert stack.settled(stack_id) == "DELETE_COMPLETE"
    skipped = [e["ResourceStatus"] for e in stack.events("Vpc", stack_id)]
    assert skipped[-1] == "DELETE_SKIPPED"
    aws.client("ec2").delete_vpc(VpcId=vpc)


def test_a_stack_can_be_deleted_while_it_is_being_created(aws: Aws) -> None:
    stack = new_stack(aws)
    with aws.frozen(f"stack/{stack.name}/Nat"):
        stack_id = stack.create(network_template())
        until(lambda: stack.resources().get("Nat", {}).get("PhysicalResourceId"), "the NAT's id")
        vpc = stack.resources()["Vpc"]["PhysicalResourceId"]
        stack.delete()
        assert stack.described(stack_id)["StackStatus"] == "DELETE_IN_PROGRESS"
        refusal = refused(lambda: stack.update(network_template()))
        assert "is in DELETE_IN_PROGRESS state and can not be updated." in refusal[1]
    assert stack.settled(stack_id) == "DELETE_COMPLETE"
    code, _ = refused(lambda: aws.client("ec2").describe_vpcs(VpcIds=[vpc]))
    assert code == "InvalidVpcID.NotFound"


def test_a_stack_is_not_deleted_while_it_is_being_updated(aws: Aws) -> None:
    stack = new_stack(aws)
    stack_id = stack.create(vpc_template())
    assert stack.settled() == "CREATE_COMPLETE"
    with aws.frozen(f"stack/{stack.name}/A"):
        stack.update(vpc_template(A=subnet("10.41.0.0/24")))
        until(lambda: "A" in stack.resources(), "the new subnet begins")
        assert refused(stack.delete) == (
            "ValidationError",
            f"Stack [{stack_id}] cannot be deleted while in status UPDATE_IN_PROGRESS",
        )
    assert stack.settled() == "UPDATE_COMPLETE"
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"


@pytest.mark.parametrize("mode", ["again", "forced"])
def test_after_a_failed_deletion_the_rest_goes(aws: Aws, mode: str) -> None:
    stack = _network(aws)
    stack_id = stack.described()["StackId"]
    failure = {"what": f"stack/{stack.name}/Address", "how": "DELETE_FAILED:not now"}
    aws.admin("POST", "fail", failure)
    stack.delete()
    assert stack.settled() == "DELETE_FAILED"
    assert stack.reasons("Address", "DELETE_FAILED") == ["not now"]
    if mode == "again":
        stack.delete()
    else:
        stack.delete(DeletionMode="FORCE_DELETE_STACK")
    assert stack.settled(stack_id) == "DELETE_COMPLETE"
    vpc = stack.events("Vpc", stack_id)[-1]["ResourceStatus"]
    # What a retained address needs is retained with it: the attachment, and so the VPC.
    assert vpc == ("DELETE_COMPLETE" if mode == "again" else "DELETE_SKIPPED")
