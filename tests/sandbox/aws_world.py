"""Stacks, roles and refusals for the contract tests of the simulated AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.sandbox.aws_fixtures import ACCOUNT, Aws, unique, until

Template = dict[str, Any]


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    """The code and message with which a call is refused; the test fails if it is not."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def outcome(call: Callable[[], Any]) -> tuple[str, str] | None:
    """The code and message with which a call is refused, or None if it is not."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return None


def trust(principal: dict[str, Any], **condition: Any) -> str:
    """A trust policy for one principal."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(*statements: dict[str, Any]) -> str:
    """A policy document of allowing statements, unless they say otherwise."""
    told = [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": told})


def user(aws: Aws, *statements: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """A new user with a policy: its name, and what `Aws.client` takes of its key."""
    iam, name = aws.client("iam"), unique("user")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return name, {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def assumed(aws: Aws, role: str, session: str = "session", **given: Any) -> dict[str, str]:
    """What `Aws.client` takes of a role's temporary key; `given` is the caller's key."""
    answer = aws.client("sts", **given).assume_role(RoleArn=role, RoleSessionName=session)
    found = answer["Credentials"]
    return {
        "key": found["AccessKeyId"],
        "secret": found["SecretAccessKey"],
        "token": found["SessionToken"],
    }


def network_template(**more: Any) -> Template:
    """A VPC with a public and a private subnet, a NAT gateway and a security group."""
    tags = [{"Key": "project", "Value": "contract"}]
    vpc, subnet = {"Ref": "Vpc"}, "AWS::EC2::Subnet"
    table = "AWS::EC2::RouteTable"
    resources: Template = {
        "Vpc": _typed("AWS::EC2::VPC", CidrBlock="10.40.0.0/16", Tags=tags),
        "Gateway": _typed("AWS::EC2::InternetGateway"),
        "Attachment": _typed(
            "AWS::EC2::VPCGatewayAttachment", VpcId=vpc, InternetGatewayId={"Ref": "Gateway"}
        ),
        "Public": _typed(
            subnet,
            VpcId=vpc,
            CidrBlock="10.40.0.0/20",
            AvailabilityZone={"Fn::Select": [0, {"Fn::GetAZs": ""}]},
            MapPublicIpOnLaunch=True,
        ),
        "Private": _typed(
            subnet,
            VpcId=vpc,
            CidrBlock="10.40.16.0/20",
            AvailabilityZone={"Fn::Select": [1, {"Fn::GetAZs": ""}]},
        ),
        "PublicTable": _typed(table, VpcId=vpc),
        "PublicRoute": {
            **_typed(
                "AWS::EC2::Route",
                RouteTableId={"Ref": "PublicTable"},
                DestinationCidrBlock="0.0.0.0/0",
                GatewayId={"Ref": "Gateway"},
            ),
            "DependsOn": "Attachment",
        },
        "Address": {**_typed("AWS::EC2::EIP", Domain="vpc"), "DependsOn": "Attachment"},
        "Nat": _typed(
            "AWS::EC2::NatGateway",
            AllocationId={"Fn::GetAtt": ["Address", "AllocationId"]},
            SubnetId={"Ref": "Public"},
            Tags=tags,
        ),
        "PrivateTable": _typed(table, VpcId=vpc),
        "PrivateRoute": _typed(
            "AWS::EC2::Route",
            RouteTableId={"Ref": "PrivateTable"},
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId={"Ref": "Nat"},
        ),
        "PrivateAssociation": _typed(
            "AWS::EC2::SubnetRouteTableAssociation",
            SubnetId={"Ref": "Private"},
            RouteTableId={"Ref": "PrivateTable"},
        ),
        "Group": _typed("AWS::EC2::SecurityGroup", GroupDescription="contract", VpcId=vpc),
        "Rule": _typed(
            "AWS::EC2::SecurityGroupIngress",
            GroupId={"Ref": "Group"},
            IpProtocol="tcp",
            FromPort=443,
            ToPort=443,
            SourceSecurityGroupId={"Ref": "Group"},
        ),
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Vpc", "Private", "Group", "Nat")}
    return {"Resources": resources | more, "Outputs": outputs}


def vpc_template(cidr: str = "10.41.0.0/16", **more: Any) -> Template:
    """One VPC, and what else is given."""
    return {"Resources": {"Vpc": _typed("AWS::EC2::VPC", CidrBlock=cidr), **more}}


def subnet(cidr: str, vpc: Any = None) -> Template:
    """A subnet of the template's VPC, or of another."""
    return _typed("AWS::EC2::Subnet", VpcId=vpc or {"Ref": "Vpc"}, CidrBlock=cidr)


def role_template(name: str, principal: str, **more: Any) -> Template:
    """One named role that trusts an account."""
    document = json.loads(trust({"AWS": principal}))
    properties = {"RoleName": name, "AssumeRolePolicyDocument": document, **more}
    role = {"Type": "AWS::IAM::Role", "Properties": properties}
    return {"Resources": {"Role": role}, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": "Role.Arn"}}}}


def _typed(kind: str, **properties: Any) -> Template:
    return {"Type": kind, "Properties": properties}


@dataclass(frozen=True)
class Stack:
    """One stack, by its name."""

    aws: Aws
    name: str
    key: tuple[tuple[str, str], ...] = ()
    region: str = "us-west-2"

    @property
    def cloudformation(self) -> Any:
        """A client of CloudFormation."""
        return self.aws.client("cloudformation", region=self.region, **dict(self.key))

    def create(self, template: Template, **more: Any) -> str:
        """Begin to create it; its id."""
        answer = self.cloudformation.create_stack(
            StackName=self.name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **more,
        )
        return str(answer["StackId"])

    def update(self, template: Template, **more: Any) -> None:
        """Begin to update it."""
        self.cloudformation.update_stack(
            StackName=self.name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **more,
        )

    def delete(self, **more: Any) -> None:
        """Begin to delete it."""
        self.cloudformation.delete_stack(StackName=self.name, **more)

    def described(self, stack_id: str | None = None) -> dict[str, Any]:
        """Its description, by name or by id."""
        found = self.cloudformation.describe_stacks(StackName=stack_id or self.name)
        return dict(found["Stacks"][0])

    def settled(self, stack_id: str | None = None) -> str:
        """Its status once nothing is in progress."""

        def status() -> str | None:
            now = str(self.described(stack_id)["StackStatus"])
            return None if now.endswith("IN_PROGRESS") else now

        return str(until(status, f"stack {self.name} settles"))

    def outputs(self) -> dict[str, str]:
        """Its outputs."""
        return {o["OutputKey"]: o["OutputValue"] for o in self.described().get("Outputs", [])}

    def resources(self) -> dict[str, dict[str, Any]]:
        """Its resources by logical id."""
        found = self.cloudformation.describe_stack_resources(StackName=self.name)
        return {r["LogicalResourceId"]: r for r in found["StackResources"]}

    def events(self, logical_id: str, stack_id: str | None = None) -> list[dict[str, Any]]:
        """The events of one resource, oldest first."""
        found = self.cloudformation.describe_stack_events(StackName=stack_id or self.name)
        events = [e for e in found["StackEvents"] if e["LogicalResourceId"] == logical_id]
        return events[::-1]

    def reasons(self, logical_id: str, status: str) -> list[str]:
        """What the events of a resource with a status say."""
        events = self.events(logical_id)
        return [e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"] == status]


def new_stack(aws: Aws, **more: Any) -> Stack:
    """A stack that does not exist yet."""
    return Stack(aws, unique("stack"), **more)


ROOT = f"arn:aws:iam::{ACCOUNT}:root"
