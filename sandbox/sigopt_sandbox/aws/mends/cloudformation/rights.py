"""CloudFormation acts with its caller's rights, or with those of the service role it was given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2.stores import allocation_of, tags

ACTOR: ContextVar[Any] = ContextVar("cloudformation_actor", default=None)
"""The principal of the running stack operation; None may do everything (a call from inside)."""

_EC2, _IAM = "arn:aws:ec2:{region}:{account}:{kind}/*", "arn:aws:iam::{account}:{kind}/{name}"
ACTIONS: dict[str, tuple[str, str, str, str]] = {
    # type: action to create, action to delete, form of the ARN, kind in the ARN
    "AWS::EC2::VPC": ("ec2:CreateVpc", "ec2:DeleteVpc", _EC2, "vpc"),
    "AWS::EC2::Subnet": ("ec2:CreateSubnet", "ec2:DeleteSubnet", _EC2, "subnet"),
    "AWS::EC2::InternetGateway": (
        "ec2:CreateInternetGateway",
        "ec2:DeleteInternetGateway",
        _EC2,
        "internet-gateway",
    ),
    "AWS::EC2::VPCGatewayAttachment": (
        "ec2:AttachInternetGateway",
        "ec2:DetachInternetGateway",
        _EC2,
        "internet-gateway",
    ),
    "AWS::EC2::RouteTable": ("ec2:CreateRouteTable", "ec2:DeleteRouteTable", _EC2, "route-table"),
    "AWS::EC2::Route": ("ec2:CreateRoute", "ec2:DeleteRoute", _EC2, "route-table"),
    "AWS::EC2::SubnetRouteTableAssociation": (
        "ec2:AssociateRouteTable",
        "ec2:DisassociateRouteTable",
        _EC2,
        "route-table",
    ),
    "AWS::EC2::SecurityGroup": (
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        _EC2,
        "security-group",
    ),
    "AWS::EC2::SecurityGroupIngress": (
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupIngress",
        _EC2,
        "security-group",
    ),
    "AWS::EC2::EIP": ("ec2:AllocateAddress", "ec2:ReleaseAddress", _EC2, "elastic-ip"),
    "AWS::EC2::NatGateway": (
        "ec2:CreateNatGateway",
        "ec2:DeleteNatGateway",
        _EC2,
        "natgateway",
    ),
    "AWS::IAM::Role": ("iam:CreateRole", "iam:DeleteRole", _IAM, "role"),
    "AWS::IAM::ManagedPolicy": ("iam:CreatePolicy", "iam:DeletePolicy", _IAM, "policy"),
    "AWS::IAM::InstanceProfile": (
        "iam:CreateInstanceProfile",
        "iam:DeleteInstanceProfile",
        _IAM,
        "instance-profile",
    ),
}

HOLDERS = {
    "AWS::EC2::Route": "RouteTableId",
    "AWS::EC2::SubnetRouteTableAssociation": "RouteTableId",
    "AWS::EC2::VPCGatewayAttachment": "InternetGatewayId",
}
"""Types without tags of their own: the property that names what they are a part of."""


def actor(access_key: str, role_arn: str | None) -> Any:
    """Who a stack operation acts as; AwsError if the service role cannot be assumed."""
    if role_arn:
        return _service_role(role_arn)
    if not access_key:
        return None
    principal = iam_evaluator.resolve_principal(access_key, get_account_id())
    return principal if isinstance(principal, iam_evaluator.PrincipalInfo) else None


def _service_role(role_arn: str) -> Any:
    name = role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    trust = json.loads(role["AssumeRolePolicyDocument"]) if role else {}
    if "cloudformation.amazonaws.com" not in json.dumps(trust):
        raise AwsError("ValidationError", f"Role {role_arn} is invalid or cannot be assumed")
    account = get_account_id()
    return iam_evaluator.PrincipalInfo(
        arn=f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation",
        type="AssumedRole",
        account=account,
        policies=iam_evaluator._gather_role_policies(name, account),
        keys={},
        limits=iam_evaluator._permissions_boundary(iam._roles, name, account),
    )


def check(
    resource_type: str, properties: Mapping[str, Any], *, deleting: str | None = None
) -> None:
    """Raise ValueError with CloudFormation's text if the actor may not do this."""
    who = ACTOR.get()
    if who is None or who.policies is None or resource_type not in ACTIONS:
        return
    create, delete, form, kind = ACTIONS[resource_type]
    action, account = (delete if deleting else create), get_account_id()
    name = properties.get("RoleName") or properties.get("ManagedPolicyName") or "*"
    arn = form.format(region=get_region(), account=account, kind=kind, name=name)
    context = iam_evaluator.EvalContext(
        principal_arn=who.arn,
        principal_type=who.type,
        principal_account=who.account,
        action=action,
        resource_arn=arn,
        region=get_region(),
        service_context=_of_resource(resource_type, properties, deleting)
        if deleting
        else _tags(properties, "request"),
        principal_keys=who.keys,
    )
    if iam_evaluator.evaluate(context, who.policies, *who.limits).decision == "Allow":
        return
    if action.startswith("ec2:"):
        raise ValueError(f"API: {action} You are not authorized to perform this operation.")
    raise ValueError(
        f"API: {action} User: {who.arn} is not authorized to perform: {action} on resource: {arn}"
    )


def _of_resource(
    resource_type: str, properties: Mapping[str, Any], physical_id: str
) -> dict[str, Any]:
    """The tags that it, or what it is a part of, has in EC2; else those of the template."""
    named = properties.get(HOLDERS.get(resource_type, ""), physical_id)
    there = tags(allocation_of(named) if resource_type == "AWS::EC2::EIP" else named)
    return _tags({"Tags": there} if there else properties, "resource")


def _tags(properties: Mapping[str, Any], of: str) -> dict[str, Any]:
    tags = [t for t in properties.get("Tags") or [] if isinstance(t, dict) and "Key" in t]
    found: dict[str, Any] = {f"aws:{of}tag/{t['Key'].lower()}": t.get("Value", "") for t in tags}
    if of == "request" and tags:
        found["aws:tagkeys"] = [t["Key"] for t in tags]
    return found
