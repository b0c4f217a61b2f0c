"""The subnets that a cluster stands in: those of its own stack, or such as exist already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sigopt_operator.plan.network.design import has_network, private_subnet
from sigopt_operator.plan.ownership import TAG_ZONES
from sigopt_operator.plan.snapshot import Facts, Snapshot, Stack, Subnet
from sigopt_operator.plan.wish import Wish

GOING = ("DELETE_", "ROLLBACK_")
"""How states of a stack begin in which CloudFormation takes away what it made."""
MAKING = ("CREATE_", "REVIEW_")
"""How those begin in which it never was whole."""
FIELD = "spec.network.subnetIds"
LEAST_ZONES = 2
EKS_REFUSED_ZONES = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
"""Zone ids in which EKS takes no control plane subnet (EKS User Guide, "network requirements")."""


def subnets_by_zone(want: Wish, seen: Snapshot) -> Mapping[str, tuple[str, ...]]:
    """The ids of the subnets for nodes that exist, by zone name.

    Of our own network one that somebody deleted is known to be gone only after a deeper look. In a
    network that is being taken away there are none to build on.
    """
    if is_going(seen.stack):
        return {}
    if want.subnet_ids:
        return _given(want, seen.subnets or ())
    if seen.stack is None:
        return {}
    there = {subnet.id for subnet in seen.vpc.subnets} if seen.vpc else None
    made = _made(seen.stack)
    return {zone: ids for zone, ids in made.items() if there is None or there.issuperset(ids)}


def is_going(stack: Stack | None) -> bool:
    """Whether CloudFormation takes away what it made: the network, or the roles alone."""
    return stack is not None and stack.status.startswith(GOING)


def control_plane_subnets(want: Wish, seen: Snapshot) -> Mapping[str, str]:
    """What EKS is told, in two zones at least: the zone of each subnet."""
    by_zone = subnets_by_zone(want, seen)
    return dict(sorted((subnet, zone) for zone, ids in by_zone.items() for subnet in ids))


def allows_control_plane(want: Wish, stack: Stack) -> bool:
    """Whether a control plane can exist: it has a subnet or, in somebody's network, its role.

    A stack that is changed or taken away may have had one, and so may roles that are made again
    under a cluster that stood: what is seen of it tells nothing.
    """
    again = bool(want.subnet_ids) and want.stood
    if not stack.status.startswith(MAKING) or again:
        return True
    if has_network(stack.tags) and not want.subnet_ids:
        return bool(_made(stack))
    role = stack.resources.get("ClusterRole")
    return role is not None and role.complete


def subnet_problems(want: Wish, seen: Snapshot, facts: Facts) -> Iterator[tuple[str, str]]:
    """What stands against subnets that exist: reason, and what to do. One line a problem."""
    if not want.subnet_ids or seen.subnets is None:
        return
    found = {subnet.id: subnet for subnet in seen.subnets}
    missing = [subnet for subnet in want.subnet_ids if subnet not in found]
    if missing:
        yield (
            "SubnetNotFound",
            f"{FIELD}: {', '.join(missing)} is not to be found in {want.region} of account "
            f"{seen.identity.account}; check the ids, the region and the credentials.",
        )
        return
    yield from _of_one_network(seen.subnets)
    by_zone = _given(want, seen.subnets)
    for pool in want.pools:
        sold = [facts.types[name].zones for name in pool.instance_types if name in facts.types]
        if sold and not set(by_zone).intersection(*sold):
            yield (
                "InstanceTypeNotSold",
                f"spec.{pool.name}.instanceType: {' and '.join(pool.instance_types)} is sold in "
                f"none of the zones of {FIELD} ({', '.join(sorted(by_zone))}); choose another "
                f"type, or make a new SigOptCluster with a subnet in {', '.join(sorted(sold[0]))}.",
            )


def _of_one_network(subnets: tuple[Subnet, ...]) -> Iterator[tuple[str, str]]:
    networks = sorted({subnet.vpc_id for subnet in subnets})
    if len(networks) > 1:
        yield (
            "SubnetsOfSeveralNetworks",
            f"{FIELD}: the subnets are of several VPCs ({', '.join(networks)}), and a cluster "
            f"lives in one; choose subnets of one VPC in a new SigOptCluster.",
        )
    refused = [subnet.id for subnet in subnets if subnet.zone_id in EKS_REFUSED_ZONES]
    zones = {subnet.zone for subnet in subnets if subnet.zone_id not in EKS_REFUSED_ZONES}
    if refused:
        yield (
            "ZoneNotServed",
            f"{FIELD}: EKS takes no subnets in the zone of {', '.join(refused)}; leave it out in "
            f"a new SigOptCluster.",
        )
    if len(zones) < LEAST_ZONES:
        yield (
            "TooFewZones",
            f"{FIELD}: the subnets are in {len(zones)} zone ({', '.join(sorted(zones))}), and EKS "
            f"wants two at least; add a subnet in another zone in a new SigOptCluster.",
        )


def _given(want: Wish, subnets: tuple[Subnet, ...]) -> dict[str, tuple[str, ...]]:
    by_zone: dict[str, list[str]] = defaultdict(list)
    for subnet in subnets:
        if subnet.id in want.subnet_ids:
            by_zone[subnet.zone].append(subnet.id)
    return {zone: tuple(sorted(ids)) for zone, ids in by_zone.items()}


def _made(stack: Stack) -> dict[str, tuple[str, ...]]:
    zones = stack.tags.get(TAG_ZONES, "").split()
    found = {zone: stack.resources.get(private_subnet(i)) for i, zone in enumerate(zones)}
    return {zone: (r.physical_id,) for zone, r in found.items() if r and r.complete}
