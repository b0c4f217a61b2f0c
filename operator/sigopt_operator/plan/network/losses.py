"""What of the network inside the stack is gone for good, and what a person can do about it.

CloudFormation makes nothing again as long as the template is the same, and EC2 gives no id twice.
Where a person led the nodes out another way, that is as good.
"""

from __future__ import annotations

from collections.abc import Iterator

from sigopt_operator.plan.network.vpc import Half, halves_of, serves
from sigopt_operator.plan.ownership import TAG_UID, ours
from sigopt_operator.plan.snapshot import Snapshot, Stack, Vpc
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.plan.wish import Wish


def cut_off(want: Wish, seen: Snapshot) -> Blocked | None:
    """Why subnets have no way to the internet any more; None where they have, or nobody looked."""
    if seen.stack is None or seen.vpc is None:
        return None
    public, private = halves_of(seen.stack)
    told = [
        f"{_gone(half, seen.vpc)} is gone, so that nothing in the {half.kind} subnets "
        f"({', '.join(stranded)}) reaches the internet: new nodes cannot join, and images cannot "
        f"be pulled. CloudFormation does not make it again. {_way(want, seen.vpc, half, public)} "
        f"What is made by hand has to be deleted by hand before the cluster is."
        for half in (public, private)
        if (stranded := _stranded(seen.vpc, half))
    ]
    return Blocked("NetworkIncomplete", " ".join(told)) if told else None


def losses(want: Wish, seen: Snapshot) -> str:
    """What works worse than it was made, or cannot be looked after; empty where nothing does."""
    if seen.stack is None or seen.vpc is None:
        return ""
    return "; ".join(_losses(want, seen.stack, seen.vpc))


def _stranded(vpc: Vpc, half: Half) -> tuple[str, ...]:
    if serves(half, vpc):
        return ()
    there = [subnet for subnet in half.subnets if vpc.subnet(subnet)]
    tables = {subnet: vpc.table_of(subnet) for subnet in there}
    return tuple(subnet for subnet, table in tables.items() if table is None or not table.alive)


def _gone(half: Half, vpc: Vpc) -> str:
    if vpc.table(half.table) is None:
        return f"the {half.kind} route table {half.table}"
    return f"the {_kind(half)} {half.gateway}"


def _kind(half: Half) -> str:
    return "internet gateway" if half.public else "NAT gateway"


def _way(want: Wish, vpc: Vpc, half: Half, public: Half) -> str:
    table = vpc.table(half.table)
    if table is None:
        return (
            f"Make another with a route of 0.0.0.0/0 to {half.gateway} (aws ec2 "
            f"create-route-table --region {want.region} --vpc-id {vpc.id}; aws ec2 create-route), "
            f"and associate these subnets with it."
        )
    if half.public:
        return (
            f"If it is only detached, attach it (aws ec2 attach-internet-gateway --region "
            f"{want.region} --vpc-id {vpc.id} --internet-gateway-id {half.gateway}); else make "
            f"another, and lead 0.0.0.0/0 of route table {table.id} to it."
        )
    verb = "replace" if table.way_out else "create"
    return (
        f"Make another (aws ec2 create-nat-gateway --region {want.region} --subnet-id "
        f"{next(iter(public.subnets), '')} --allocation-id ELASTIC_IP), and lead to it: aws ec2 "
        f"{verb}-route --region {want.region} --route-table-id {table.id} "
        f"--destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT_GATEWAY."
    )


def _losses(want: Wish, stack: Stack, vpc: Vpc) -> Iterator[str]:
    for half in halves_of(stack):
        gone = [subnet for subnet in half.subnets if vpc.subnet(subnet) is None]
        if gone:
            yield (
                f"of the {half.kind} subnets {', '.join(gone)} is gone, and EC2 gives no id twice: "
                f"the cluster goes on without; for a whole network make a new SigOptCluster"
            )
    made = {id_ for half in halves_of(stack) for id_ in (half.table, *half.subnets)}
    there = {table.id: table.tags for table in vpc.tables}
    there |= {subnet.id: subnet.tags for subnet in vpc.subnets}
    untagged = [i for i, tags in there.items() if i in made and not ours(tags, want.uid)]
    if untagged:
        yield (
            f"the tag {TAG_UID} was taken off, so that changes are not put back: aws ec2 "
            f"create-tags --region {want.region} --resources {' '.join(untagged)} --tags "
            f"Key={TAG_UID},Value={want.uid}"
        )
