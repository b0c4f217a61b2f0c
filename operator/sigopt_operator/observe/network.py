"""The CloudFormation stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sigopt_operator.aws.answers import asked_for, dated, pages, said
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, is_code, message_of, translated
from sigopt_operator.observe.vpc import subnet
from sigopt_operator.plan.network.part import COMPLETE
from sigopt_operator.plan.snapshot import Role, Stack, StackResource, Subnet

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import RoleTypeDef


def read_stack(clients: Clients, name: str) -> Stack | None:
    """The stack with its resources; None only where CloudFormation says that there is none."""
    with translated():
        try:
            (told,) = clients.cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            # The same code says many things; only this text says that the stack is not there.
            if is_code(error, "ValidationError") and "does not exist" in message_of(error):
                return None
            raise
        status, resources = said(told["StackStatus"]), _resources(clients, name)
        if status in COMPLETE and not resources:
            raise UnreadableError("a complete stack without resources")
        return Stack(
            id=told["StackId"],
            name=asked_for(told["StackName"], name),
            status=status,
            since=dated(
                told.get("DeletionTime") or told.get("LastUpdatedTime") or told["CreationTime"]
            ),
            reason=told.get("StackStatusReason", ""),
            drifted=told.get("DriftInformation", {}).get("StackDriftStatus") == "DRIFTED",
            # CloudFormation leaves out no tags: without them it would seem to be somebody else's.
            tags={tag["Key"]: tag["Value"] for tag in told["Tags"]},
            resources=resources,
        )


def read_subnets(clients: Clients, ids: tuple[str, ...]) -> tuple[Subnet, ...]:
    """Those of the subnets that exist; as a filter, because an unknown id refuses the call."""
    with translated():
        answer = clients.ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": list(ids)}])
        return tuple(subnet(told) for told in answer["Subnets"])


def _resources(clients: Clients, name: str) -> dict[str, StackResource]:
    try:
        answer = clients.cloudformation.describe_stack_resources(StackName=name)
    except ClientError as error:
        if is_code(error, "ValidationError") and "does not exist" in message_of(error):
            return {}
        raise
    return {
        r["LogicalResourceId"]: StackResource(
            logical_id=r["LogicalResourceId"],
            physical_id=r.get("PhysicalResourceId", ""),
            status=said(r["ResourceStatus"]),
            reason=r.get("ResourceStatusReason", ""),
            updated_at=dated(r["Timestamp"]),
        )
        for r in answer["StackResources"]
    }


def read_role(clients: Clients, name: str, inline: tuple[str, ...]) -> Role | None:
    """A role with its attached policies, and its inline policies of these names.

    None only where IAM says that there is none. One call, one more for attached policies where no
    inline ones are asked for, and one for each that is.
    """
    with translated():
        try:
            told = clients.iam.get_role(RoleName=name)["Role"]
            return Role(
                name=name,
                trust=_document(told["AssumeRolePolicyDocument"]),
                made_at=told.get("CreateDate"),
                tags=_tags(told),
                attached=frozenset() if inline else _attached(clients, name),
                inline={
                    policy: document
                    for policy in inline
                    if (document := _inline(clients, name, policy)) is not None
                },
            )
        except ClientError as error:
            if is_code(error, "NoSuchEntity"):
                return None
            raise


def read_trust(clients: Clients, name: str) -> Role | None:
    """A role with nothing but its trust, in one call; None only where IAM says so."""
    with translated():
        try:
            told = clients.iam.get_role(RoleName=name)["Role"]
        except ClientError as error:
            if is_code(error, "NoSuchEntity"):
                return None
            raise
        trust = _document(told.get("AssumeRolePolicyDocument"))
        made_at = told.get("CreateDate")
        return Role(name=name, trust=trust, made_at=made_at, tags=_tags(told), inline=None)


def _attached(clients: Clients, role: str) -> frozenset[str]:
    found = pages(clients.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role))
    return frozenset(policy["PolicyArn"] for page in found for policy in page["AttachedPolicies"])


def _inline(clients: Clients, role: str, policy: str) -> Mapping[str, Any] | None:
    try:
        answer = clients.iam.get_role_policy(RoleName=role, PolicyName=policy)
    except ClientError as error:
        if is_code(error, "NoSuchEntity"):
            return None
        raise
    return _document(answer["PolicyDocument"])


def _tags(told: RoleTypeDef) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in told.get("Tags", [])}


def _document(told: object) -> Mapping[str, Any]:
    """botocore has decoded it already, if it is one."""
    if not isinstance(told, Mapping):
        raise UnreadableError("a policy is no JSON")
    return dict(told)
