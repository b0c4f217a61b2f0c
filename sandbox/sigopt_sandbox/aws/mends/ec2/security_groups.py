"""Security groups: held by interfaces and by the rules of other groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.mends.ec2 import stores
from sigopt_sandbox.aws.operations import Call, own


def install() -> None:
    """Put these in front of ministack's."""
    own("ec2", "CreateSecurityGroup", create_security_group)
    own("ec2", "DeleteSecurityGroup", delete_security_group)


def create_security_group(call: Call) -> Mapping[str, Any]:
    """CreateSecurityGroup, in a VPC that exists, within the quota."""
    vpc_id = call.params.get("VpcId")
    if vpc_id:
        stores.vpc(vpc_id)
    text = "The maximum number of security groups has been reached."
    count = len(ec2._security_groups)
    limits.check("vpc", "L-E79EC296", count, "SecurityGroupLimitExceeded", text)
    return call.forward()


def delete_security_group(call: Call) -> Mapping[str, Any]:
    """DeleteSecurityGroup: not while an interface wears it or another group's rule names it."""
    group_id = call.params.get("GroupId", "")
    if any(g["GroupId"] == group_id for i in stores.interfaces() for g in i["Groups"]) or any(
        other_id != group_id and _names(other, group_id)
        for other_id, other in ec2._security_groups.items()
    ):
        raise AwsError("DependencyViolation", f"resource {group_id} has a dependent object")
    answer = call.forward()
    ec2._tags.pop(group_id, None)
    return answer


def _names(group: Mapping[str, Any], group_id: str) -> bool:
    rules = [*group.get("IpPermissions", []), *group.get("IpPermissionsEgress", [])]
    pairs = [pair for rule in rules for pair in rule.get("UserIdGroupPairs", [])]
    return any(pair.get("GroupId") == group_id for pair in pairs)
