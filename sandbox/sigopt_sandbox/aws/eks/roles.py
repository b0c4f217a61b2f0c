"""IAM principals as EKS looks at them: roles that exist and trust it, principals and their ids."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sigopt_sandbox.aws.eks import durations
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.errors import ApiError, invalid_parameter
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Scope, wall_clock

_ROLE = re.compile(r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):role/(?P<path>.+)")
_USER = re.compile(r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):user/(?P<path>.+)")
_SESSION = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/(?P<session>.+)"
)
_ROOT = re.compile(r"arn:[\w-]+:iam::(?P<account>\d{12}):root")

CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"


@dataclass(frozen=True)
class Principal:
    """An IAM user or role that exists."""

    arn: str
    unique_id: str
    is_role: bool


def trusts(document: Any, service: str, action: str = "sts:AssumeRole") -> bool:
    """Whether a trust policy lets a service principal do `action`."""
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        actions = _listed(statement.get("Action", []))
        allowed = any(a in (action, "sts:*", "*") for a in actions)
        if statement.get("Effect") == "Allow" and allowed and service in _listed(services):
            return True
    return False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def find_role(eks: Eks, scope: Scope, arn: str) -> dict[str, Any] | None:
    """The role of that exact ARN (path included), or None."""
    found = _ROLE.fullmatch(arn)
    if not found:
        return None
    home = Scope(found["account"], scope.region)
    try:
        role = eks.cloud.iam(home, "GetRole", RoleName=found["path"].rsplit("/", 1)[-1])["Role"]
    except AwsError:
        return None
    return dict(role) if role["Arn"] == arn else None


def too_young(eks: Eks, role: dict[str, Any]) -> bool:
    """Whether EKS does not yet believe in a role, where the switch says that it takes a while."""
    created = role.get("CreateDate")
    if not eks.switches.role_propagation or not isinstance(created, dt.datetime):
        return False
    age = (wall_clock() - created.astimezone(dt.UTC)).total_seconds()
    return age < durations.ROLE_PROPAGATION / eks.clock.speed


def check_cluster_role(eks: Eks, scope: Scope, arn: str) -> None:
    """Refuse a cluster role as EKS does (texts from the code of Terraform's provider)."""
    role = find_role(eks, scope, arn)
    if role is None:
        raise invalid_parameter(f"roleArn, {arn}, does not exist")
    trusted = trusts(role["AssumeRolePolicyDocument"], "eks.amazonaws.com")
    if too_young(eks, role) or (eks.switches.role_trust_checked and not trusted):
        raise invalid_parameter(
            "Role could not be assumed because the trusted entity is not correct"
        )
    if eks.switches.cluster_role_policy_checked and not _has_policy(eks, scope, role):
        raise invalid_parameter(
            "The provided role doesn't have the Amazon EKS Managed Policies associated with it. "
            f"Please ensure the following policy is attached: {CLUSTER_POLICY}"
        )


def _has_policy(eks: Eks, scope: Scope, role: dict[str, Any]) -> bool:
    answer = eks.cloud.iam(scope, "ListAttachedRolePolicies", RoleName=role["RoleName"])
    return any(p["PolicyArn"] == CLUSTER_POLICY for p in answer["AttachedPolicies"])


def check_node_role(eks: Eks, scope: Scope, arn: str) -> None:
    """Refuse a node role as EKS does (text from the code of aws-k8s-tester)."""
    role = find_role(eks, scope, arn)
    if role is None or too_young(eks, role):
        # The text for an unknown node role was not found; this is the one for clusters.
        raise invalid_parameter(f"nodeRole, {arn}, does not exist")
    if eks.switches.role_trust_checked and not trusts(
        role["AssumeRolePolicyDocument"], "ec2.amazonaws.com"
    ):
        raise invalid_parameter(
            "Following required service principals [ec2.amazonaws.com] were not found in the trust "
            f"relationships of nodeRole {arn}"
        )


def canonical(arn: str) -> str:
    """An identity's ARN as entries are matched: a session is its role, paths are stripped."""
    session = _SESSION.fullmatch(arn)
    if session:
        return f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"
    for kind, pattern in (("role", _ROLE), ("user", _USER)):
        found = pattern.fullmatch(arn)
        if found:
            name = found["path"].rsplit("/", 1)[-1]
            return f"arn:{found['partition']}:iam::{found['account']}:{kind}/{name}"
    return arn


def session_name(arn: str) -> str:
    """The session's name in an assumed-role ARN, or empty."""
    session = _SESSION.fullmatch(arn)
    return session["session"] if session else ""


def invalid_principal() -> ApiError:
    """EKS's refusal of a principal (observed by users, terraform-aws-eks issue 2969)."""
    return invalid_parameter("The specified principalArn is invalid: invalid principal.")


def find_principal(eks: Eks, scope: Scope, arn: str) -> Principal | None:
    """The user or role of that exact ARN, in any account; None if there is none."""
    role = find_role(eks, scope, arn)
    if role is not None:
        return Principal(arn, str(role["RoleId"]), is_role=True)
    found = _USER.fullmatch(arn)
    if not found:
        return None
    home = Scope(found["account"], scope.region)
    try:
        user = eks.cloud.iam(home, "GetUser", UserName=found["path"].rsplit("/", 1)[-1])["User"]
    except AwsError:
        return None
    return Principal(arn, str(user["UserId"]), is_role=False) if user["Arn"] == arn else None


def caller_principal(eks: Eks, scope: Scope, arn: str) -> Principal | None:
    """The principal behind a caller's ARN: for a session its role, with the role's path."""
    session = _SESSION.fullmatch(arn)
    root = _ROOT.fullmatch(arn)
    if root:
        return Principal(arn, root["account"], is_role=False)
    if session is None:
        return find_principal(eks, scope, arn)
    home = Scope(session["account"], scope.region)
    try:
        role = eks.cloud.iam(home, "GetRole", RoleName=session["role"])["Role"]
    except AwsError:
        return None
    return Principal(str(role["Arn"]), str(role["RoleId"]), is_role=True)
