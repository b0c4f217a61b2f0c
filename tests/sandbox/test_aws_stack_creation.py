"""Creating stacks: asynchronous, side by side, and what is left when a part fails."""

import json

import pytest
from tests.sandbox.aws_fixtures import Aws, unique, until
from tests.sandbox.aws_world import (
    ROOT,
    network_template,
    new_stack,
    refused,
    role_template,
    subnet,
    vpc_template,
)


def test_a_network_stack_is_in_progress_and_then_really_there(aws: Aws) -> None:
    stack = new_stack(aws)
    with aws.frozen(f"stack/{stack.name}/Nat"):
        stack_id = stack.create(network_template(), Tags=[{"Key": "owner", "Value": "me"}])
        assert stack.described()["StackStatus"] == "CREATE_IN_PROGRESS"
        assert "Outputs" not in stack.described()
        until(lambda: stack.resources().get("Nat", {}).get("PhysicalResourceId"), "the NAT's id")
        assert stack.resources()["Nat"]["ResourceStatus"] == "CREATE_IN_PROGRESS"
        until(
            lambda: (
                stack.resources().get("PrivateTable", {}).get("ResourceStatus") == "CREATE_COMPLETE"
            ),
            "what does not need the NAT gateway is made beside it",
        )
    assert stack.settled() == "CREATE_COMPLETE"
    described = stack.described()
    assert described["StackId"] == stack_id
    assert described["Tags"] == [{"Key": "owner", "Value": "me"}]
    statuses = {r["ResourceStatus"] for r in stack.resources().values()}
    assert statuses == {"CREATE_COMPLETE"}

    ec2, made = aws.client("ec2"), stack.outputs()
    in_vpc = [{"Name": "vpc-id", "Values": [made["Vpc"]]}]
    available = [*in_vpc, {"Name": "state", "Values": ["available"]}]
    gateways = lambda: ec2.describe_nat_gateways(Filters=available)["NatGateways"]  # noqa: E731
    (nat,) = until(gateways, "CloudFormation may be a moment ahead of the NAT gateway")
    assert nat["NatGatewayAddresses"][0]["PublicIp"]
    subnets = ec2.describe_subnets(Filters=in_vpc)["Subnets"]
    assert len({s["AvailabilityZone"] for s in subnets}) == 2
    tags = {t["Key"]: t["Value"] for t in subnets[0]["Tags"]}
    assert tags["owner"] == "me"
    assert tags["aws:cloudformation:stack-name"] == stack.name
    (group,) = ec2.describe_security_groups(GroupIds=[made["Group"]])["SecurityGroups"]
    assert group["IpPermissions"][0]["FromPort"] == 443


def test_each_resource_tells_its_history(aws: Aws) -> None:
    stack, token = new_stack(aws), unique("token")
    stack.create(vpc_template(), ClientRequestToken=token)
    stack.settled()
    events = stack.events("Vpc")
    assert [(e["ResourceStatus"], e.get("ResourceStatusReason", "")) for e in events] == [
        ("CREATE_IN_PROGRESS", ""),
        ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("CREATE_COMPLETE", ""),
    ]
    assert not events[0].get("PhysicalResourceId")
    assert events[1]["PhysicalResourceId"] == events[2]["PhysicalResourceId"]
    assert {e["ClientRequestToken"] for e in events} == {token}
    assert stack.reasons(stack.name, "CREATE_IN_PROGRESS") == ["User Initiated"]


def test_a_failing_resource_rolls_the_stack_back_and_leaves_nothing(aws: Aws) -> None:
    stack = new_stack(aws)
    stack.create(vpc_template(Broken=subnet("10.0.0.0/24", "vpc-doesnotexist")))
    assert stack.settled() == "ROLLBACK_COMPLETE"
    (reason,) = stack.reasons("Broken", "CREATE_FAILED")
    assert reason.startswith(
        "Resource handler returned message: \"The vpc ID 'vpc-doesnotexist' does not exist "
        "(Service: Ec2, Status Code: 400, Request ID: "
    )
    (told,) = stack.reasons(stack.name, "ROLLBACK_IN_PROGRESS")
    assert told == (
        "The following resource(s) failed to create: [Broken]. Rollback requested by user."
        if not stack.reasons("Vpc", "CREATE_FAILED")
        else "The following resource(s) failed to create: [Broken, Vpc]. "
        "Rollback requested by user."
    )
    mine = [{"Name": "tag:aws:cloudformation:stack-name", "Values": [stack.name]}]
    assert aws.client("ec2").describe_vpcs(Filters=mine)["Vpcs"] == []


def test_an_armed_failure_fails_one_resource_once_and_cancels_its_siblings(aws: Aws) -> None:
    stack = new_stack(aws)
    what, why = f"stack/{stack.name}/Address", "The maximum number of addresses has been reached."
    aws.admin("POST", "fail", {"what": what, "how": f"CREATE_FAILED:{why}"})
    with aws.frozen(f"stack/{stack.name}/PublicTable"):
        stack.create(network_template())
        until(lambda: stack.reasons("PublicTable", "CREATE_FAILED"), "the sibling is cancelled")
    assert stack.settled() == "ROLLBACK_COMPLETE"
    assert stack.reasons("Address", "CREATE_FAILED") == [why]
    assert stack.reasons("PublicTable", "CREATE_FAILED") == ["Resource creation cancelled"]
    assert what not in {f["what"] for f in aws.admin("GET", "fail")["armed"]}


def test_without_rollback_a_failed_stack_keeps_what_it_has_and_is_mended_in_place(
    aws: Aws,
) -> None:
    stack = new_stack(aws)
    what = {"what": f"stack/{stack.name}/Address", "how": "CREATE_FAILED:no address"}
    aws.admin("POST", "fail", what)
    stack.create(network_template(), DisableRollback=True)
    assert stack.settled() == "CREATE_FAILED"
    reason = stack.described()["StackStatusReason"]
    assert reason == "The following resource(s) failed to create: [Address]. "
    vpc = stack.resources()["Vpc"]["PhysicalResourceId"]

    code, message = refused(lambda: stack.update(network_template()))
    assert code == "ValidationError"
    assert message.startswith(
        "This stack is currently in a non-terminal [CREATE_FAILED] state. To update the stack "
        "from this state, please use the disable-rollback parameter with update-stack API."
    )
    stack.update(network_template(), DisableRollback=True)
    assert stack.settled() == "UPDATE_COMPLETE"
    assert stack.resources()["Vpc"]["PhysicalResourceId"] == vpc
    assert stack.outputs()["Nat"].startswith("nat-")


def test_a_stack_told_to_do_nothing_on_failure_can_only_be_deleted(aws: Aws) -> None:
    stack = new_stack(aws)
    broken = vpc_template(Broken=subnet("10.0.0.0/24"))
    stack.create(broken, OnFailure="DO_NOTHING")
    assert stack.settled() == "CREATE_FAILED"
    code, message = refused(lambda: stack.update(vpc_template(), DisableRollback=True))
    assert (code, message) == (
        "ValidationError",
        "This stack cannot be updated from [CREATE_FAILED] state because it contains "
        "[on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack "
        "creation.",
    )
    stack_id = stack.described()["StackId"]
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        pytest.param(
            {"CidrBlock": "10.0.0.0/16", "CidrBlok": "x"},
            "#: extraneous key [CidrBlok] is not permitted",
            id="a misspelt property",
        ),
        pytest.param({"CidrBlock": "10.0.0.0/8"}, "The CIDR '10.0.0.0/8' is invalid.", id="size"),
        pytest.param(
            {"EnableDnsSupport": True},
            "Either CIDR Block or IPv4 IPAM Pool and IPv4 Netmask Length must be provided",
            id="no block at all",
        ),
    ],
)
def test_a_resource_with_wrong_properties_fails(
    aws: Aws, properties: dict[str, object], found: str
) -> None:
    stack = new_stack(aws)
    stack.create({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": properties}}})
    assert stack.settled() == "ROLLBACK_COMPLETE"
    (reason,) = stack.reasons("Vpc", "CREATE_FAILED")
    assert found in reason


@pytest.mark.parametrize(
    ("body", "code", "found"),
    [
        pytest.param("{nope", "ValidationError", "Template format error", id="not JSON or YAML"),
        pytest.param(
            json.dumps({"Resources": {"A": {"Type": "AWS::EC2::NoSuchThing"}}}),
            "ValidationError",
            "Unrecognized resource types: [AWS::EC2::NoSuchThing]",
            id="an unknown type",
        ),
        pytest.param(
            json.dumps(role_template("some-role", ROOT)),
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
            id="a named role without the capability",
        ),
    ],
)
def test_a_template_is_refused_at_once(aws: Aws, body: str, code: str, found: str) -> None:
    cloudformation, name = aws.client("cloudformation"), unique("stack")
    got, message = refused(lambda: cloudformation.create_stack(StackName=name, TemplateBody=body))
    assert got == code
    assert found in message
    got, message = refused(lambda: cloudformation.describe_stacks(StackName=name))
    assert (got, message) == ("ValidationError", f"Stack with id {name} does not exist")


def test_a_name_is_taken_also_after_a_rolled_back_creation(aws: Aws) -> None:
    stack = new_stack(aws)
    stack.create(vpc_template(Broken=subnet("10.0.0.0/24")))
    assert stack.settled() == "ROLLBACK_COMPLETE"
    assert refused(lambda: stack.create(vpc_template())) == (
        "AlreadyExistsException",
        f"Stack [{stack.name}] already exists",
    )
    stack_id = stack.described()["StackId"]
    assert refused(lambda: stack.update(vpc_template())) == (
        "ValidationError",
        f"Stack:{stack_id} is in ROLLBACK_COMPLETE state and can not be updated.",
    )


def test_a_token_stays_used_after_its_stack_is_gone(aws: Aws) -> None:
    stack, token = new_stack(aws), unique("token")
    stack_id = stack.create(vpc_template(), ClientRequestToken=token)
    stack.settled()
    again = refused(lambda: stack.create(vpc_template(), ClientRequestToken=token))
    assert again == ("AlreadyExistsException", f"Stack [{stack.name}] already exists")
    stack.delete()
    assert stack.settled(stack_id) == "DELETE_COMPLETE"
    assert refused(lambda: stack.create(vpc_template(), ClientRequestToken=token)) == (
        "TokenAlreadyExistsException",
        f"The client request token {token} has already been used for this stack. Retry the "
        "request with a different client request token",
    )
    stack.create(vpc_template(), ClientRequestToken=unique("token"))
    assert stack.settled() == "CREATE_COMPLETE"
    assert stack.described(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_switch_lets_a_repeated_token_answer_again(aws: Aws) -> None:
    stack, token = new_stack(aws), unique("token")
    name = "cloudformation.repeated_token_answers_again"
    stack_id = stack.create(vpc_template(), ClientRequestToken=token)
    aws.admin("PUT", "switches", {name: True})
    try:
        assert stack.create(vpc_template(), ClientRequestToken=token) == stack_id
    finally:
        aws.admin("PUT", "switches", {name: False})


def test_a_stack_lives_in_its_own_region_and_account(aws: Aws) -> None:
    stack = new_stack(aws, region="eu-west-1")
    stack_id = stack.create(vpc_template())
    assert stack.settled() == "CREATE_COMPLETE"
    assert ":eu-west-1:111122223333:" in stack_id
    vpc = stack.resources()["Vpc"]["PhysicalResourceId"]
    here = {v["VpcId"] for v in aws.client("ec2").describe_vpcs()["Vpcs"]}
    there = {v["VpcId"] for v in aws.client("ec2", region="eu-west-1").describe_vpcs()["Vpcs"]}
    assert vpc in there - here
    other = aws.client("cloudformation", key="444455556666", region="eu-west-1")
    assert stack.name not in {s["StackName"] for s in other.describe_stacks()["Stacks"]}
