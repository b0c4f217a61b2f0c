"""ministack's EC2 stores, of the account and region in scope, as plain values."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError


def new_id(prefix: str) -> str:
    """A fresh id, such as `eni-0123456789abcdef0`."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def tags(resource_id: str) -> list[dict[str, str]]:
    """The tags of a resource."""
    return list(ec2._tags.get(resource_id) or [])


def allocation_of(address: str) -> str:
    """The allocation id of an elastic IP address: CloudFormation names it by the address."""
    found = (id_ for id_, told in ec2._addresses.items() if told.get("PublicIp") == address)
    return next(found, address)


def put_tags(resource_id: str, params: Mapping[str, Any], kind: str) -> None:
    """Keep the tags that a request gives a new resource in its TagSpecifications."""
    given = [
        dict(tag)
        for specification in params.get("TagSpecifications", [])
        if specification.get("ResourceType") == kind
        for tag in specification.get("Tags", [])
    ]
    if given:
        ec2._tags[resource_id] = given


def drop(store: Any, resource_id: str) -> None:
    """Remove a resource and its tags."""
    store.pop(resource_id, None)
    ec2._tags.pop(resource_id, None)


def known(store: Any, resource_id: str, code: str, what: str) -> dict[str, Any]:
    """A resource by its id; AwsError if there is none."""
    found: dict[str, Any] | None = store.get(resource_id)
    if found is None:
        raise AwsError(code, f"The {what} '{resource_id}' does not exist")
    return found


def vpc(vpc_id: str) -> dict[str, Any]:
    """A VPC by its id."""
    return known(ec2._vpcs, vpc_id, "InvalidVpcID.NotFound", "vpc ID")


def subnet(subnet_id: str) -> dict[str, Any]:
    """A subnet by its id."""
    return known(ec2._subnets, subnet_id, "InvalidSubnetID.NotFound", "subnet ID")


def live_nat_gateways() -> list[dict[str, Any]]:
    """NAT gateways that still hold what they use."""
    return [n for n in ec2._nat_gateways.values() if n["State"] not in ("deleted", "failed")]


def interfaces() -> Iterable[dict[str, Any]]:
    """Every network interface."""
    return list(ec2._network_interfaces.values())


def dependency(what: str, resource_id: str) -> AwsError:
    """The refusal to delete something that others still need."""
    text = f"The {what} '{resource_id}' has dependencies and cannot be deleted."
    return AwsError("DependencyViolation", text)
