"""Elastic IP addresses: a NAT gateway holds its own until it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.mends.ec2 import stores
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.operations import Call, own


def install() -> None:
    """Put these in front of ministack's."""
    own("ec2", "AllocateAddress", allocate_address)
    own("ec2", "ReleaseAddress", release_address)
    own("ec2", "DescribeAddresses", describe_addresses)


def allocate_address(call: Call) -> Mapping[str, Any]:
    """AllocateAddress, within the quota."""
    text = "The maximum number of addresses has been reached."
    limits.check("ec2", "L-0263D0A3", len(ec2._addresses), "AddressLimitExceeded", text)
    return call.forward()


def release_address(call: Call) -> Mapping[str, Any]:
    """ReleaseAddress: AuthFailure while a NAT gateway has it (kops#938: observed by users)."""
    allocation = call.params.get("AllocationId", "")
    if any(n["AllocationId"] == allocation for n in stores.live_nat_gateways()):
        text = "You do not have permission to access the specified resource."
        raise AwsError("AuthFailure", text)
    return call.forward()


def describe_addresses(call: Call) -> Mapping[str, Any]:
    """DescribeAddresses, with the association that a NAT gateway makes."""
    wanted = set(call.params.get("AllocationIds", []))
    missing = wanted - set(ec2._addresses.keys())
    if missing:
        text = f"The allocation ID '{min(missing)}' does not exist"
        raise AwsError("InvalidAllocationID.NotFound", text)
    holders = {n["AllocationId"]: n for n in stores.live_nat_gateways()}
    rows = [_row(a, holders) for a in ec2._addresses.values()]
    rows = [row for row in rows if not wanted or row["AllocationId"] in wanted]
    fields = {
        "allocation-id": field("AllocationId"),
        "association-id": field("AssociationId"),
        "public-ip": field("PublicIp"),
        "domain": field("Domain"),
        "network-interface-id": field("NetworkInterfaceId"),
        "instance-id": field("InstanceId"),
    }
    return {"Addresses": select(rows, call.params.get("Filters", []), fields)}


def _row(address: Mapping[str, Any], holders: Mapping[str, Any]) -> dict[str, Any]:
    allocation = address["AllocationId"]
    row = {k: address.get(k) for k in ("AllocationId", "PublicIp", "Domain", "InstanceId")}
    row |= {"AssociationId": address.get("AssociationId"), "Tags": stores.tags(allocation)}
    holder = holders.get(allocation)
    if holder:
        row["NetworkInterfaceId"] = holder["NetworkInterfaceId"]
        row["AssociationId"] = "eipassoc-" + allocation.removeprefix("eipalloc-")
    return row
