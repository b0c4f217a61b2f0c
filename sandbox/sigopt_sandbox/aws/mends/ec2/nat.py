"""NAT gateways: pending, available, deleting, deleted, and described for an hour after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.failures import Failure
from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.mends.ec2 import interfaces, stores
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.operations import Call, own
from sigopt_sandbox.aws.world import World

PENDING = 100.0
"""Seconds to available: CDK logs show 95-125 s for CloudFormation, which looks now and then."""
DELETING = 50.0
"""Seconds to deleted: Terraform logs show 37-79 s."""
DESCRIBED = 3600.0
"""Seconds for which a deleted one is still described (VPC user guide: about an hour)."""


class NatGateways:
    """NAT gateways on the world's clock."""

    def __init__(self, world: World) -> None:
        """Use this world's clock and failures."""
        self._clock = world.clock

    def create(self, call: Call) -> Mapping[str, Any]:
        """CreateNatGateway: in a subnet that exists, with an address that nobody has."""
        subnet = stores.subnet(call.params.get("SubnetId", ""))
        public = call.params.get("ConnectivityType", "public") == "public"
        address = self._address(call.params.get("AllocationId", "")) if public else None
        zone = subnet["AvailabilityZone"]
        here = sum(n["Zone"] == zone for n in stores.live_nat_gateways())
        text = "Performing this operation would exceed the limit of 5 NAT gateways"
        limits.check("vpc", "L-FE5A380F", here, "NatGatewayLimitExceeded", text)
        nat_id = stores.new_id("nat")
        more = {
            "RequesterManaged": True,
            "RequesterId": "amazon-nat",
            "InterfaceType": "nat_gateway",
            "Status": "in-use",
            "Attachment": {"AttachmentId": stores.new_id("ela-attach"), "Status": "attached"},
            "PublicIp": address and address["PublicIp"],
        }
        description = f"Interface for NAT Gateway {nat_id}"
        interface = interfaces.make(subnet["SubnetId"], [], description, **more)
        record = {
            "NatGatewayId": nat_id,
            "SubnetId": subnet["SubnetId"],
            "VpcId": subnet["VpcId"],
            "Zone": zone,
            "AllocationId": address and address["AllocationId"],
            "PublicIp": address and address["PublicIp"],
            "PrivateIp": interface["PrivateIpAddress"],
            "NetworkInterfaceId": interface["NetworkInterfaceId"],
            "ConnectivityType": "public" if public else "private",
            "State": "pending",
            "CreateTime": ec2._now_ts(),
        }
        ec2._nat_gateways[nat_id] = record
        stores.put_tags(nat_id, call.params, "natgateway")
        self._clock.schedule(f"nat/{nat_id}", PENDING, lambda f: _available(record, f))
        return {"NatGateway": _row(record)}

    @staticmethod
    def _address(allocation: str) -> dict[str, Any]:
        what, code = "allocation ID", "InvalidAllocationID.NotFound"
        address = stores.known(ec2._addresses, allocation, code, what)
        if any(n["AllocationId"] == allocation for n in stores.live_nat_gateways()):
            text = f"resource {allocation} is already associated"
            raise AwsError("Resource.AlreadyAssociated", text)
        return address

    def delete(self, call: Call) -> Mapping[str, Any]:
        """DeleteNatGateway: accepted at once, finished later."""
        nat_id = call.params["NatGatewayId"]
        record = ec2._nat_gateways.get(nat_id)
        if record is None:
            raise AwsError("NatGatewayNotFound", f"NatGateway {nat_id} was not found")
        if record["State"] not in ("deleting", "deleted"):
            record["State"] = "deleting"
            self._clock.schedule(f"nat/{nat_id}", DELETING, lambda _: self._deleted(record))
        return {"NatGatewayId": nat_id}

    def _deleted(self, record: dict[str, Any]) -> None:
        record["State"], record["DeleteTime"] = "deleted", ec2._now_ts()
        stores.drop(ec2._network_interfaces, record["NetworkInterfaceId"])
        nat_id = record["NatGatewayId"]
        self._clock.schedule(
            f"nat/{nat_id}", DESCRIBED, lambda _: stores.drop(ec2._nat_gateways, nat_id)
        )


def _available(record: dict[str, Any], failure: Failure | None) -> None:
    if record["State"] != "pending":
        return
    record["State"] = "available"
    if failure:
        record["State"], record["Failure"] = "failed", failure
        stores.drop(ec2._network_interfaces, record["NetworkInterfaceId"])


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeNatGateways; the filters come as `Filter`, in the singular."""
    wanted = set(call.params.get("NatGatewayIds", []))
    missing = wanted - set(ec2._nat_gateways.keys())
    if missing:
        text = f"NatGateway {min(missing)} was not found"
        raise AwsError("NatGatewayNotFound", text)
    rows = [_row(record) for record in ec2._nat_gateways.values()]
    rows = [row for row in rows if not wanted or row["NatGatewayId"] in wanted]
    fields = {
        "nat-gateway-id": field("NatGatewayId"),
        "state": field("State"),
        "subnet-id": field("SubnetId"),
        "vpc-id": field("VpcId"),
    }
    return {"NatGateways": select(rows, call.params.get("Filter", []), fields)}


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("NatGatewayId", "SubnetId", "VpcId", "State", "ConnectivityType")
    row: dict[str, Any] = {name: record[name] for name in shown}
    row |= {"CreateTime": record["CreateTime"], "Tags": stores.tags(record["NatGatewayId"])}
    row["DeleteTime"] = record.get("DeleteTime")
    address = {
        "NetworkInterfaceId": record["NetworkInterfaceId"],
        "PrivateIp": record["PrivateIp"],
        "PublicIp": record["PublicIp"],
        "AllocationId": record["AllocationId"],
        "IsPrimary": True,
    }
    row["NatGatewayAddresses"] = [address]
    if "Failure" in record:
        row["FailureCode"] = record["Failure"].status
        row["FailureMessage"] = record["Failure"].message
    return row


def install(world: World) -> None:
    """Put these in front of ministack's."""
    gateways = NatGateways(world)
    own("ec2", "CreateNatGateway", gateways.create)
    own("ec2", "DeleteNatGateway", gateways.delete)
    own("ec2", "DescribeNatGateways", describe)
