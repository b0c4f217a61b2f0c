"""Managed policies: AWS's own with their real documents; only what exists can be attached."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from ministack.services import iam

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.operations import Call, own

POLICIES_PER_ROLE = 10
"""Managed policies a role may have by default (IAM user guide, quotas)."""


def install() -> None:
    """Add AWS's policies, and check what is attached."""
    packed = resources.files(__package__).joinpath("data/policies.json.gz").read_bytes()
    for name, document in json.loads(gzip.decompress(packed)).items():
        record = iam._make_aws_managed_record(name, json.dumps(document), f"AWS's {name}")
        iam._aws_managed_policies[record["Arn"]] = record
    own("iam", "AttachRolePolicy", attach_role_policy)
    own("iam", "AttachUserPolicy", _attach)
    own("iam", "AttachGroupPolicy", _attach)


def _attach(call: Call) -> Mapping[str, Any]:
    arn = call.params["PolicyArn"]
    if iam._lookup_policy(arn) is None:
        text = f"Policy {arn} does not exist or is not attachable."
        raise AwsError("NoSuchEntity", text, 404)
    return call.forward()


def attach_role_policy(call: Call) -> Mapping[str, Any]:
    """AttachRolePolicy: a policy that exists, at most ten a role."""
    role, arn = iam._roles.get(call.params["RoleName"]), call.params["PolicyArn"]
    attached = (role or {}).get("AttachedPolicies", [])
    most = limits.value("iam", "L-0DA4ABF3")
    if arn not in attached and len(attached) >= most:
        text = f"Cannot exceed quota for PoliciesPerRole: {most:g}"
        raise AwsError("LimitExceeded", text, 409)
    return _attach(call)
