"""The network inside the stack: route tables, subnets, and gateways where one is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sigopt_operator.aws.answers import pages
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, translated
from sigopt_operator.plan.network.vpc import EVERYWHERE
from sigopt_operator.plan.snapshot import RouteTable, Subnet, Vpc

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import (
        FilterTypeDef,
        RouteTableTypeDef,
        RouteTypeDef,
        SubnetTypeDef,
    )

TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)
"""By what EC2 names what a route leads to."""
SERVING = ("pending", "available")
"""States of a NAT gateway that is there; a deleted one is described for another hour."""


def read_vpc(clients: Clients, vpc_id: str) -> Vpc:
    """Route tables and subnets, anybody's, in two calls."""
    with translated():
        inside: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [vpc_id]}]
        tables = clients.ec2.get_paginator("describe_route_tables").paginate(Filters=inside)
        subnets = clients.ec2.get_paginator("describe_subnets").paginate(Filters=inside)
        return Vpc(
            vpc_id,
            tables=tuple(_table(told) for page in pages(tables) for told in page["RouteTables"]),
            subnets=tuple(subnet(told) for page in pages(subnets) for told in page["Subnets"]),
        )


def read_gateways(clients: Clients, vpc_id: str) -> frozenset[str]:
    """Ids of the internet and NAT gateways that serve the network."""
    with translated():
        attached = clients.ec2.describe_internet_gateways(
            Filters=[{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
        )["InternetGateways"]
        nat = clients.ec2.describe_nat_gateways(
            Filters=[
                {"Name": "vpc-id", "Values": [vpc_id]},
                {"Name": "state", "Values": list(SERVING)},
            ]
        )["NatGateways"]
        return frozenset(
            (*(g["InternetGatewayId"] for g in attached), *(g["NatGatewayId"] for g in nat))
        )


def subnet(told: SubnetTypeDef) -> Subnet:
    """One subnet, as EC2 describes it."""
    return Subnet(
        id=told["SubnetId"],
        zone=told["AvailabilityZone"],
        zone_id=told.get("AvailabilityZoneId", ""),
        vpc_id=told["VpcId"],
        public_addresses=told["MapPublicIpOnLaunch"],
        tags={tag["Key"]: tag["Value"] for tag in told.get("Tags", [])},
    )


def _table(told: RouteTableTypeDef) -> RouteTable:
    way_out = next((r for r in told["Routes"] if _destination(r) == EVERYWHERE), None)
    held_by = told["Associations"]
    return RouteTable(
        id=told["RouteTableId"],
        tags={tag["Key"]: tag["Value"] for tag in told.get("Tags", [])},
        way_out=_target(way_out) if way_out else "",
        blackhole=way_out is not None and way_out["State"] == "blackhole",
        main=any(held["Main"] for held in held_by),
        associations={
            held["SubnetId"]: held["RouteTableAssociationId"]
            for held in held_by
            # What is neither the main table's nor a gateway's is a subnet's.
            if not held["Main"] and "GatewayId" not in held
        },
    )


def _destination(route: RouteTypeDef) -> str:
    """What it leads to; routes are of one of three kinds."""
    if "DestinationIpv6CidrBlock" in route or "DestinationPrefixListId" in route:
        return ""
    return route["DestinationCidrBlock"]


def _target(route: RouteTypeDef) -> str:
    """Where it leads: what it is named by depends on what that is."""
    named: Mapping[str, Any] = route
    found = next((named[target] for target in TARGETS if named.get(target)), None)
    if found is None:
        raise UnreadableError("a route of a kind that is unknown")
    return str(found)
