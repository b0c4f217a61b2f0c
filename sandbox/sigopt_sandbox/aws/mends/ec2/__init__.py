"""EC2: real checks and dependencies of a network, instance types, images, launch templates."""

from __future__ import annotations

from sigopt_sandbox.aws.mends.ec2 import (
    addresses,
    images,
    instances,
    interfaces,
    nat,
    network,
    routes,
    security_groups,
    tags,
    templates,
    types,
    zones,
)
from sigopt_sandbox.aws.world import World


def install(world: World) -> None:
    """Mend EC2."""
    for module in (network, routes, security_groups, addresses, interfaces):
        module.install()
    for module in (zones, types, images, templates, tags):
        module.install()
    nat.install(world)
    instances.install(world)
