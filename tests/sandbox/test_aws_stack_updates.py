"""Updating stacks: only what changed, back again when it fails, nothing when nothing changes."""

import json

from tests.sandbox.aws_fixtures import ACCOUNT, Aws, unique, until
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

OTHER = "arn:aws:iam::444455556666:root"


def _role_stack(aws: Aws) -> tuple[Stack, str]:
    stack, name = new_stack(aws), unique("role")
    stack.create(role_template(name, ROOT))
    assert stack.settled() == "CREATE_COMPLETE"
    return stack, name


def _trusted(aws: Aws, name: str) -> str:
    role = aws.client("iam").get_role(RoleName=name)["Role"]
    return str(role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"])


def test_nothing_to_update_is_refused(aws: Aws) -> None:
    stack, name = _role_stack(aws)
    refusal = refused(lambda: stack.update(role_template(name, ROOT)))
    assert refusal == ("ValidationError", "No updates are to be performed.")


def test_a_changed_trust_policy_is_put_on_the_role_in_place(aws: Aws) -> None:
    stack, name = _role_stack(aws)
    before = aws.client("iam").get_role(RoleName=name)["Role"]["RoleId"]
    stack.update(role_template(name, OTHER))
    assert stack.settled() == "UPDATE_COMPLETE"
    assert _trusted(aws, name) == OTHER
    assert aws.client("iam").get_role(RoleName=name)["Role"]["RoleId"] == before


def test_only_what_changed_has_events_and_another_update_waits(aws: Aws) -> None:
    stack = new_stack(aws)
    stack.create(vpc_template(A=subnet("10.41.0.0/24")))
    stack.settled()
    with aws.frozen(f"stack/{stack.name}/B"):
        stack.update(vpc_template(A=subnet("10.41.0.0/24"), B=subnet("10.41.1.0/24")))
        until(lambda: "B" in stack.resources(), "the new subnet begins")
        stack_id = stack.described()["StackId"]
        assert refused(lambda: stack.update(vpc_template())) == (
            "ValidationError",
            f"Stack:{stack_id} is in UPDATE_IN_PROGRESS state and can not be updated.",
        )
    assert stack.settled() == "UPDATE_COMPLETE"
    assert [e["ResourceStatus"] for e in stack.events("A")][-1] == "CREATE_COMPLETE"


def test_what_the_template_drops_is_removed_after_the_update(aws: Aws) -> None:
    stack = new_stack(aws)
    stack.create(vpc_template(A=subnet("10.41.0.0/24"), B=subnet("10.41.1.0/24")))
    stack.settled()
    gone = stack.resources()["B"]["PhysicalResourceId"]
    stack.update(vpc_template(A=subnet("10.41.0.0/24")))
    assert stack.settled() == "UPDATE_COMPLETE"
    assert set(stack.resources()) == {"Vpc", "A"}
    assert stack.reasons(stack.name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    code, _ = refused(lambda: aws.client("ec2").describe_subnets(SubnetIds=[gone]))
    assert code == "InvalidSubnetID.NotFound"


def test_a_failing_update_goes_back_to_what_was(aws: Aws) -> None:
    stack, name = _role_stack(aws)
    failing = role_template(name, OTHER)
    failing["Resources"]["Broken"] = subnet("10.0.0.0/24", "vpc-doesnotexist")
    stack.update(failing)
    assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert _trusted(aws, name) == ROOT
    assert set(stack.resources()) == {"Role"}
    stack.update(role_template(name, OTHER))
    assert stack.settled() == "UPDATE_COMPLETE"


def test_an_update_without_rollback_that_failed_can_be_tried_again(aws: Aws) -> None:
    stack = new_stack(aws)
    stack.create(vpc_template(), DisableRollback=True)
    stack.settled()
    failure = {"what": f"stack/{stack.name}/A", "how": "CREATE_FAILED:not yet"}
    aws.admin("POST", "fail", failure)
    wanted = vpc_template(A=subnet("10.41.0.0/24"))
    stack.update(wanted, DisableRollback=True)
    assert stack.settled() == "UPDATE_FAILED"
    stack.update(wanted, DisableRollback=True)
    assert stack.settled() == "UPDATE_COMPLETE"
    assert stack.resources()["A"]["ResourceStatus"] == "CREATE_COMPLETE"


def test_a_role_whose_change_was_refused_is_mended_in_place(aws: Aws) -> None:
    stack, name = _role_stack(aws)
    before = aws.client("iam").get_role(RoleName=name)["Role"]["RoleId"]
    nobody = f"arn:aws:iam::{ACCOUNT}:user/never-was"
    stack.update(role_template(name, nobody), DisableRollback=True)
    assert stack.settled() == "UPDATE_FAILED"
    (reason,) = stack.reasons("Role", "UPDATE_FAILED")
    assert f'Invalid principal in policy: "AWS":"{nobody}"' in reason
    assert _trusted(aws, name) == ROOT
    stack.update(role_template(name, OTHER), DisableRollback=True)
    assert stack.settled() == "UPDATE_COMPLETE"
    assert _trusted(aws, name) == OTHER
    assert stack.resources()["Role"]["ResourceStatus"] == "UPDATE_COMPLETE"
    assert aws.client("iam").get_role(RoleName=name)["Role"]["RoleId"] == before


def test_a_refused_change_can_be_taken_back(aws: Aws) -> None:
    stack, name = _role_stack(aws)
    nobody = f"arn:aws:iam::{ACCOUNT}:user/never-was"
    stack.update(role_template(name, nobody), DisableRollback=True)
    assert stack.settled() == "UPDATE_FAILED"
    stack.update(role_template(name, ROOT), DisableRollback=True)
    assert stack.settled() == "UPDATE_COMPLETE"
    assert stack.outputs()["Arn"].endswith(name)


def test_a_failed_creation_can_be_rolled_back_by_hand(aws: Aws) -> None:
    stack = new_stack(aws)
    failure = {"what": f"stack/{stack.name}/Address", "how": "CREATE_FAILED:no"}
    aws.admin("POST", "fail", failure)
    stack.create(network_template(), DisableRollback=True)
    assert stack.settled() == "CREATE_FAILED"
    stack.cloudformation.rollback_stack(StackName=stack.name)
    assert stack.settled() == "ROLLBACK_COMPLETE"
    mine = [{"Name": "tag:aws:cloudformation:stack-name", "Values": [stack.name]}]
    assert aws.client("ec2").describe_vpcs(Filters=mine)["Vpcs"] == []


def test_a_change_set_names_the_changed_resource_and_is_executed(aws: Aws) -> None:
    stack, name = _role_stack(aws)
    cloudformation = stack.cloudformation
    cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName="change",
        TemplateBody=json.dumps(role_template(name, OTHER)),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    change = {"StackName": stack.name, "ChangeSetName": "change"}
    described = until(
        lambda: (
            (d := cloudformation.describe_change_set(**change))["Status"].endswith("COMPLETE") and d
        ),
        "the change set is ready",
    )
    (only,) = described["Changes"]
    assert only["ResourceChange"]["LogicalResourceId"] == "Role"
    cloudformation.execute_change_set(**change)
    assert stack.settled() == "UPDATE_COMPLETE"
    assert _trusted(aws, name) == OTHER
