"""The network inside the stack of the fake AWS: route tables, subnets, gateways."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.refusals import refusal

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]
EVERYWHERE = "0.0.0.0/0"
LOCAL = {"DestinationCidrBlock": "192.168.0.0/16", "GatewayId": "local", "State": "active"}
MAIN = "rtb-main"


@dataclass
class Ground:
    """What stands in the network, by its id."""

    tables: dict[str, Answer] = field(default_factory=dict)
    subnets: dict[str, Answer] = field(default_factory=dict)
    gateways: set[str] = field(default_factory=set)

    def build(self, template: str, tags: list[Answer]) -> None:
        """As CloudFormation: what is missing is made, and of the rest only the tags change."""
        told = json.loads(template, object_hook=lambda it: f"{it['Ref']}-id" if "Ref" in it else it)
        found = told["Resources"]
        if "Vpc" not in found:
            return
        self.tables.setdefault(MAIN, _table(MAIN, [], main=True))
        for name, resource in found.items():
            id_, kind = f"{name}-id", resource["Type"].rsplit("::", 1)[-1]
            properties = resource["Properties"]
            own = [*properties.get("Tags", []), *tags]
            match kind:
                case "RouteTable":
                    self.tables.setdefault(id_, _table(id_, own))["Tags"] = own
                case "Subnet":
                    made = {"MapPublicIpOnLaunch": False, **properties, "SubnetId": id_}
                    self.subnets.setdefault(id_, made)["Tags"] = own
                case "InternetGateway" | "NatGateway":
                    self.gateways.add(id_)
        for resource in found.values():
            properties = resource["Properties"]
            match resource["Type"].rsplit("::", 1)[-1]:
                case "Route" if not self.way_out(properties["RouteTableId"]):
                    self.tables[properties["RouteTableId"]]["Routes"].append(properties)
                case "SubnetRouteTableAssociation" if not self.held(properties["SubnetId"]):
                    self.associate(properties["SubnetId"], properties["RouteTableId"])

    def way_out(self, table: str) -> Answer | None:
        """The default route."""
        routes = self.tables[table]["Routes"]
        return next((r for r in routes if r["DestinationCidrBlock"] == EVERYWHERE), None)

    def held(self, subnet: str) -> Answer | None:
        """The association of a subnet."""
        every = (held for table in self.tables.values() for held in table["Associations"])
        return next((held for held in every if held.get("SubnetId") == subnet), None)

    def associate(self, subnet: str, table: str) -> None:
        """Give a subnet a table."""
        association: Answer = {"Main": False, "SubnetId": subnet}
        association["RouteTableAssociationId"] = f"{table}+{subnet}"
        self.tables[table]["Associations"].append(association)

    def dissociate(self, subnet: str) -> None:
        """Take its table from it."""
        for table in self.tables.values():
            kept = [held for held in table["Associations"] if held.get("SubnetId") != subnet]
            table["Associations"] = kept


def _table(id_: str, tags: list[Answer], *, main: bool = False) -> Answer:
    return {
        "RouteTableId": id_,
        "Tags": tags,
        "Routes": [dict(LOCAL)],
        "Associations": [{"Main": True, "RouteTableAssociationId": "main"}] if main else [],
    }


class VpcCalls:
    """Operations of EC2 on it."""

    _aws: FakeAws

    def describe_route_tables(self, **_: Any) -> Answer:
        ground = self._aws.ground
        for table in ground.tables.values():
            for route in table["Routes"]:
                target = route.get("GatewayId") or route.get("NatGatewayId")
                alive = target in ground.gateways or target == "local"
                route["State"] = "active" if alive else "blackhole"
        return {"RouteTables": list(ground.tables.values())}

    def describe_subnets(self, Filters: list[Answer]) -> Answer:  # noqa: N803
        """By the network, or by their own ids."""
        (wanted,) = Filters
        by_id = wanted["Name"] == "subnet-id"
        there = self._aws.ground.subnets
        found = [s for i, s in there.items() if not by_id or i in wanted["Values"]]
        return {"Subnets": [{**subnet, "VpcId": "Vpc-id"} for subnet in found]}

    def describe_internet_gateways(self, **_: Any) -> Answer:
        found = [g for g in self._aws.ground.gateways if "Internet" in g]
        return {"InternetGateways": [{"InternetGatewayId": g} for g in found]}

    def describe_nat_gateways(self, **_: Any) -> Answer:
        found = [g for g in self._aws.ground.gateways if "Nat" in g]
        return {"NatGateways": [{"NatGatewayId": g} for g in found]}

    def create_route(self, RouteTableId: str, **route: str) -> None:  # noqa: N803
        if self._aws.ground.way_out(RouteTableId):
            raise refusal("RouteAlreadyExists", "The route identified by 0.0.0.0/0 already exists.")
        self._aws.ground.tables[RouteTableId]["Routes"].append(route)

    def replace_route(self, RouteTableId: str, **route: str) -> None:  # noqa: N803
        found = self._aws.ground.way_out(RouteTableId)
        if found is None:
            raise refusal("InvalidParameterValue", "There is no route defined for '0.0.0.0/0'")
        found.clear()
        found.update(route)

    def associate_route_table(self, SubnetId: str, RouteTableId: str) -> None:  # noqa: N803
        if self._aws.ground.held(SubnetId):
            raise refusal("Resource.AlreadyAssociated", "conflicts with an existing association")
        self._aws.ground.associate(SubnetId, RouteTableId)

    def replace_route_table_association(self, AssociationId: str, RouteTableId: str) -> None:  # noqa: N803
        subnet = AssociationId.split("+")[1]
        self._aws.ground.dissociate(subnet)
        self._aws.ground.associate(subnet, RouteTableId)

    def modify_subnet_attribute(self, SubnetId: str, MapPublicIpOnLaunch: Answer) -> None:  # noqa: N803
        self._aws.ground.subnets[SubnetId]["MapPublicIpOnLaunch"] = MapPublicIpOnLaunch["Value"]
