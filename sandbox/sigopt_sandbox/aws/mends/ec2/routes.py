"""Route tables: a route leads to something that exists, a table in use stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2 import stores
from sigopt_sandbox.aws.operations import Call, own


def install() -> None:
    """Put these in front of ministack's."""
    own("ec2", "CreateRouteTable", create_route_table)
    own("ec2", "DeleteRouteTable", delete_route_table)
    own("ec2", "DescribeRouteTables", describe_route_tables)
    own("ec2", "CreateRoute", create_route)
    own("ec2", "ReplaceRoute", replace_route)
    own("ec2", "AssociateRouteTable", associate_route_table)


def create_route_table(call: Call) -> Mapping[str, Any]:
    """CreateRouteTable, in a VPC that exists."""
    stores.vpc(call.params["VpcId"])
    return call.forward()


def _table(table_id: str) -> dict[str, Any]:
    code = "InvalidRouteTableID.NotFound"
    return stores.known(ec2._route_tables, table_id, code, "routeTable ID")


def delete_route_table(call: Call) -> Mapping[str, Any]:
    """DeleteRouteTable: only one without associations."""
    table_id = call.params["RouteTableId"]
    if _table(table_id)["Associations"]:
        raise stores.dependency("routeTable", table_id)
    answer = call.forward()
    ec2._tags.pop(table_id, None)
    return answer


def describe_route_tables(call: Call) -> Mapping[str, Any]:
    """DescribeRouteTables: a route to what is gone is a blackhole (VPC user guide)."""
    answer = call.forward()
    for table in answer["RouteTables"]:
        for route in table["Routes"]:
            route["State"] = "active" if _leads_on(route, table["VpcId"]) else "blackhole"
    return answer


def _leads_on(route: Mapping[str, Any], vpc_id: str) -> bool:
    nat, gateway = route.get("NatGatewayId"), route.get("GatewayId") or ""
    if nat:
        return any(n["NatGatewayId"] == nat for n in stores.live_nat_gateways())
    if gateway.startswith("igw-"):
        attached = (ec2._internet_gateways.get(gateway) or {}).get("Attachments", [])
        return any(attachment["VpcId"] == vpc_id for attachment in attached)
    return True


def replace_route(call: Call) -> Mapping[str, Any]:
    """ReplaceRoute: of a destination that has a route, to a gateway that exists."""
    table = _table(call.params["RouteTableId"])
    _check_target(call)
    destination = call.params.get("DestinationCidrBlock")
    if not any(r.get("DestinationCidrBlock") == destination for r in table["Routes"]):
        text = f"There is no route defined for '{destination}' in the route table. "
        raise AwsError("InvalidParameterValue", text + "Use CreateRoute instead.")
    return call.forward()


def create_route(call: Call) -> Mapping[str, Any]:
    """CreateRoute: to a gateway that exists, to a destination that has no route yet."""
    table = _table(call.params["RouteTableId"])
    _check_target(call)
    destination = call.params.get("DestinationCidrBlock")
    if any(r.get("DestinationCidrBlock") == destination for r in table["Routes"] if destination):
        text = f"The route identified by {destination} already exists."
        raise AwsError("RouteAlreadyExists", text)
    return call.forward()


def _check_target(call: Call) -> None:
    nat, gateway = call.params.get("NatGatewayId"), call.params.get("GatewayId", "")
    if nat:
        found = stores.known(
            ec2._nat_gateways, nat, "InvalidNatGatewayID.NotFound", "natGateway ID"
        )
        if found["State"] in ("deleted", "failed"):
            text = f"The natGateway ID '{nat}' does not exist"
            raise AwsError("InvalidNatGatewayID.NotFound", text)
    if gateway.startswith("igw-"):
        stores.known(ec2._internet_gateways, gateway, "InvalidGatewayID.NotFound", "gateway ID")


def associate_route_table(call: Call) -> Mapping[str, Any]:
    """AssociateRouteTable: a subnet has one table at a time."""
    table, subnet_id = _table(call.params["RouteTableId"]), call.params.get("SubnetId", "")
    if subnet_id:
        stores.subnet(subnet_id)
        for other in ec2._route_tables.values():
            for association in other["Associations"]:
                if association.get("SubnetId") == subnet_id and other is not table:
                    text = f"the specified association for route table {other['RouteTableId']} "
                    text += "conflicts with an existing association"
                    raise AwsError("Resource.AlreadyAssociated", text)
    return call.forward()
