"""AWS::IAM::Role, made, changed and removed through IAM's own API."""

from __future__ import annotations

import json
from typing import Any

from ministack.services.cloudformation import provisioners

from sigopt_sandbox.aws.mends.cloudformation.services import (
    HandlerError,
    Made,
    Properties,
    ask,
    gone,
)


def create(logical_id: str, properties: Properties, stack: str) -> Made:
    """Make a role with its policies; nothing is left when one of them is refused."""
    name = properties.get("RoleName") or provisioners._physical_name(stack, logical_id, max_len=64)
    kept = ("Path", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
    given = {k: properties[k] for k in kept if properties.get(k)}
    if "MaxSessionDuration" in given:
        given["MaxSessionDuration"] = int(given["MaxSessionDuration"])
    trust = _document(properties["AssumeRolePolicyDocument"])
    params = {"RoleName": name, "AssumeRolePolicyDocument": trust, **given}
    role = ask("iam", "CreateRole", params)["Role"]
    try:
        _attach(name, properties)
    except HandlerError:
        remove(name, properties)
        raise
    return name, {"Arn": role["Arn"], "RoleId": role["RoleId"]}


def _attach(name: str, properties: Properties) -> None:
    for arn in properties.get("ManagedPolicyArns") or []:
        ask("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})
    for policy in properties.get("Policies") or []:
        document = _document(policy["PolicyDocument"])
        params = {"RoleName": name, "PolicyName": policy["PolicyName"], "PolicyDocument": document}
        ask("iam", "PutRolePolicy", params)


def change(
    name: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None
) -> Made:
    """Change what IAM judges through its API; the rest, and replacements, are ministack's."""
    if name == (new.get("RoleName") or name):
        if old["AssumeRolePolicyDocument"] != new["AssumeRolePolicyDocument"]:
            document = _document(new["AssumeRolePolicyDocument"])
            params = {"RoleName": name, "PolicyDocument": document}
            ask("iam", "UpdateAssumeRolePolicy", params)
        for arn in new.get("ManagedPolicyArns") or []:
            ask("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})
    made: Made = provisioners._iam_role_update(name, old, new, stack, logical_id)
    return made


def _document(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def remove(name: str, properties: Properties) -> None:
    """Take off what the template put on, and only that: what others attached holds the role."""
    for arn in properties.get("ManagedPolicyArns") or []:
        gone("iam", "DetachRolePolicy", RoleName=name, PolicyArn=arn)
    for policy in properties.get("Policies") or []:
        gone("iam", "DeleteRolePolicy", RoleName=name, PolicyName=policy["PolicyName"])
    gone("iam", "DeleteRole", RoleName=name)
