"""What becomes of a snapshot by repairs of the network inside the stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sigopt_operator.plan import actions
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import RouteTable, Snapshot, Subnet


def _led_out(seen: Snapshot, action: actions.LeadOut, _moment: Moment) -> Snapshot:
    def changed(table: RouteTable) -> RouteTable:
        if table.id != action.name:
            return table
        return replace(table, way_out=action.gateway, blackhole=False)

    return _network(seen, tables=changed)


def _routes_given(seen: Snapshot, action: actions.GiveRoutes, _moment: Moment) -> Snapshot:
    def changed(table: RouteTable) -> RouteTable:
        kept = {s: held for s, held in table.associations.items() if s != action.name}
        if table.id == action.table:
            kept[action.name] = f"association of {action.name}"
        return replace(table, associations=kept)

    return _network(seen, tables=changed)


def _subnet_mended(seen: Snapshot, action: actions.MendSubnet, _moment: Moment) -> Snapshot:
    def changed(subnet: Subnet) -> Subnet:
        if subnet.id != action.name:
            return subnet
        public = action.public_addresses
        return replace(
            subnet,
            tags={**subnet.tags, **action.tags},
            public_addresses=subnet.public_addresses if public is None else public,
        )

    return _network(seen, subnets=changed)


def _network(
    seen: Snapshot,
    tables: Callable[[RouteTable], RouteTable] = lambda table: table,
    subnets: Callable[[Subnet], Subnet] = lambda subnet: subnet,
) -> Snapshot:
    if seen.vpc is None:
        return seen
    changed = replace(
        seen.vpc,
        tables=tuple(map(tables, seen.vpc.tables)),
        subnets=tuple(map(subnets, seen.vpc.subnets)),
    )
    return replace(seen, vpc=changed)


ROUTES: Mapping[type, Callable[[Snapshot, Any, Moment], Snapshot]] = {
    actions.LeadOut: _led_out,
    actions.GiveRoutes: _routes_given,
    actions.MendSubnet: _subnet_mended,
}
