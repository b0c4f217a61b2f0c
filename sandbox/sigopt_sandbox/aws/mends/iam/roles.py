"""Roles: names, trust, what holds one, and the service-linked ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import iam

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.mends.iam import trust
from sigopt_sandbox.aws.operations import Call, own

SERVICE_LINKED = {
    "eks.amazonaws.com": "AWSServiceRoleForAmazonEKS",
    "eks-nodegroup.amazonaws.com": "AWSServiceRoleForAmazonEKSNodegroup",
    "eks-fargate.amazonaws.com": "AWSServiceRoleForAmazonEKSForFargate",
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
}


def install() -> None:
    """Put these in front of ministack's."""
    own("iam", "CreateRole", create_role)
    own("iam", "GetRole", get_role)
    own("iam", "ListRoles", list_roles)
    own("iam", "UpdateAssumeRolePolicy", update_assume_role_policy)
    own("iam", "DeleteRole", delete_role)
    own("iam", "CreateServiceLinkedRole", create_service_linked_role)
    own("iam", "CreateInstanceProfile", create_instance_profile)


def create_role(call: Call) -> Mapping[str, Any]:
    """CreateRole: a name that is free whatever its case, a trust policy whose principals exist."""
    name = call.params["RoleName"]
    if any(other.lower() == name.lower() for other in list(iam._roles)):
        text = f"Role with name {name} already exists."
        raise AwsError("EntityAlreadyExists", text, 409)
    principals = trust.check(call.params["AssumeRolePolicyDocument"])
    most = limits.value("iam", "L-FE177D64")
    text = f"Cannot exceed quota for RolesPerAccount: {most:g}"
    limits.check("iam", "L-FE177D64", len(iam._roles), "LimitExceeded", text)
    answer = call.forward()
    iam._roles[name]["_principals"] = principals
    return answer


def get_role(call: Call) -> Mapping[str, Any]:
    """GetRole, whose trust policy shows deleted principals as ids."""
    name = call.params.get("RoleName", "")
    if name not in iam._roles:
        text = f"The role with name {name} cannot be found."
        raise AwsError("NoSuchEntity", text, 404)
    answer = call.forward()
    return {**answer, "Role": _shown(answer["Role"])}


def list_roles(call: Call) -> Mapping[str, Any]:
    """ListRoles, as GetRole shows each."""
    answer = call.forward()
    return {**answer, "Roles": [_shown(role) for role in answer["Roles"]]}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    record = iam._roles[row["RoleName"]]
    return {**row, "AssumeRolePolicyDocument": trust.shown(record)}


def update_assume_role_policy(call: Call) -> Mapping[str, Any]:
    """UpdateAssumeRolePolicy: bound anew to the principals that exist now."""
    principals = trust.check(call.params["PolicyDocument"])
    answer = call.forward()
    iam._roles[call.params["RoleName"]]["_principals"] = principals
    return answer


def delete_role(call: Call) -> Mapping[str, Any]:
    """DeleteRole: held by policies and instance profiles."""
    name = call.params["RoleName"]
    role = iam._roles.get(name) or {}
    problem = None
    if role.get("AttachedPolicies"):
        problem = "must detach all policies first."
    elif role.get("InlinePolicies"):
        problem = "must delete policies first."
    elif any(name in profile.get("Roles", []) for profile in iam._instance_profiles.values()):
        problem = "must remove roles from instance profile first."
    if problem:
        raise AwsError("DeleteConflict", f"Cannot delete entity, {problem}", 409)
    return call.forward()


def create_service_linked_role(call: Call) -> Mapping[str, Any]:
    """CreateServiceLinkedRole: by the name that AWS gives it, once an account."""
    service = call.params["AWSServiceName"]
    name = SERVICE_LINKED.get(service)
    if name is None:
        return call.forward()
    if name in iam._roles:
        text = f"Service role name {name} has been taken in this account, please try a different "
        raise AwsError("InvalidInput", text + "suffix.")
    made = call.forward()["Role"]
    record = iam._roles.pop(made["RoleName"])
    record |= {"RoleName": name, "Arn": made["Arn"].replace(made["RoleName"], name)}
    iam._roles[name] = record
    return {"Role": {**made, "RoleName": name, "Arn": record["Arn"]}}


def create_instance_profile(call: Call) -> Mapping[str, Any]:
    """CreateInstanceProfile, within the quota."""
    most = limits.value("iam", "L-6E65F664")
    text = f"Cannot exceed quota for InstanceProfilesPerAccount: {most:g}"
    limits.check("iam", "L-6E65F664", len(iam._instance_profiles), "LimitExceeded", text)
    return call.forward()
