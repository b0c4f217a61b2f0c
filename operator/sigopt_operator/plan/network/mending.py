"""What somebody changed in the network inside the stack, put back through EC2.

What somebody added stays: other routes, tables, subnets and tags; and what lacks the tag of the
resource is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from sigopt_operator.plan.actions import GiveRoutes, LeadOut, MendSubnet, RoutesAction
from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.network.vpc import Half, halves_of, serves
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import RouteTable, Snapshot, Subnet, Vpc
from sigopt_operator.plan.wish import Wish

FLAGS = ("1", "")
"""Either value serves the AWS Load Balancer Controller ("subnet discovery")."""


def mend_vpc(want: Wish, seen: Snapshot) -> tuple[RoutesAction, ...]:
    """What has to be done to the network, if it was looked at in this round."""
    if seen.stack is None or seen.vpc is None:
        return ()
    vpc = seen.vpc
    return tuple(action for half in halves_of(seen.stack) for action in _mend(want, vpc, half))


def _mend(want: Wish, vpc: Vpc, half: Half) -> Iterator[RoutesAction]:
    table = vpc.table(half.table)
    if table is not None and ours(table.tags, want.uid):
        if not half.led_out_by(table) and half.gateway in (vpc.gateways or ()):
            yield _way_out(half, table)
    else:
        table = None
    for subnet in filter(None, map(vpc.subnet, half.subnets)):
        if not ours(subnet.tags, want.uid):
            continue
        # Where it leads nowhere, and cannot be made to, another may have been given on purpose.
        if table is not None and serves(half, vpc) and vpc.associated_with(subnet.id) != table:
            yield _routes(vpc, half, subnet)
        yield from _subnet(half, subnet)


def _way_out(half: Half, table: RouteTable) -> LeadOut:
    found = table.way_out or "none"
    told = found if table.alive or not table.way_out else f"{found}, which does not serve"
    field = f"default route of the {half.kind} route table {table.id}"
    difference = Difference(field, told, half.gateway)
    return LeadOut(
        table.id,
        half.gateway,
        nat=not half.public,
        instead=bool(table.way_out),
        differences=(difference,),
    )


def _routes(vpc: Vpc, half: Half, subnet: Subnet) -> GiveRoutes:
    other = vpc.associated_with(subnet.id)
    field = f"route table of the {half.kind} subnet {subnet.id} in {subnet.zone}"
    found = other.id if other else "none of its own"
    instead_of = other.associations[subnet.id] if other else None
    difference = Difference(field, found, half.table)
    return GiveRoutes(subnet.id, half.table, instead_of, (difference,))


def _subnet(half: Half, subnet: Subnet) -> Iterator[MendSubnet]:
    what = f"the {half.kind} subnet {subnet.id} in {subnet.zone}"
    differences: list[Difference] = []
    flagged = subnet.tags.get(half.tag) in FLAGS
    if not flagged:
        found = subnet.tags.get(half.tag, "none")
        differences.append(Difference(f"tag {half.tag} of {what}", found, FLAGS[0]))
    same = subnet.public_addresses == half.public
    if not same:
        field = f"public addresses for what starts in {what}"
        on, off = ("on", "off") if subnet.public_addresses else ("off", "on")
        differences.append(Difference(field, on, off))
    if differences:
        yield MendSubnet(
            subnet.id,
            tags={} if flagged else {half.tag: FLAGS[0]},
            public_addresses=None if same else half.public,
            differences=tuple(differences),
        )
