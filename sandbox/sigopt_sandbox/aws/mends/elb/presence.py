"""The network interfaces with which a load balancer stands in its subnets."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2 import interfaces, stores
from sigopt_sandbox.aws.world import World

LINGER = 120.0
"""Seconds for which they stay when the load balancer is gone: minutes, as users saw."""
OWNER = "amazon-elb"


def network_of(subnets: Iterable[str]) -> str:
    """The VPC of the subnets; AwsError where there is no subnet, or they are of several VPCs."""
    found = {stores.subnet(subnet)["VpcId"] for subnet in subnets}
    if len(found) != 1:
        raise AwsError("InvalidConfigurationRequest", "At least one subnet of one VPC is needed")
    return str(found.pop())


def stand(name: str, subnets: Iterable[str], groups: list[str], *, public: bool) -> None:
    """Make an interface in every subnet; `name` is what follows `ELB` in its description."""
    for subnet in subnets:
        address = f"203.0.113.{secrets.randbelow(254) + 1}" if public else None
        interfaces.make(
            subnet,
            groups,
            f"ELB {name}",
            RequesterId=OWNER,
            RequesterManaged=True,
            Status="in-use",
            Attachment={
                "AttachmentId": stores.new_id("ela-attach"),
                "InstanceOwnerId": OWNER,
                "Status": "attached",
            },
            PublicIp=address,
        )


def leave(world: World, name: str) -> None:
    """Take the interfaces away some minutes after their load balancer."""

    def gone(_: object) -> None:
        for record in list(stores.interfaces()):
            if record["Description"] == f"ELB {name}":
                stores.drop(ec2._network_interfaces, record["NetworkInterfaceId"])

    world.clock.schedule(f"loadbalancer/{name}", LINGER, gone)
