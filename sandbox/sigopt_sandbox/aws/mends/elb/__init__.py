"""Load balancers of both generations, and the network interfaces that they leave for a while."""

from __future__ import annotations

from collections.abc import Mapping

from ministack.services import alb

from sigopt_sandbox.aws.mends.elb import classic, v2
from sigopt_sandbox.aws.world import World


def install(world: World) -> None:
    """Mend the newer service, and serve the older one, which shares its endpoint."""
    v2.install(world)
    classic.install(world)


def tags(arn: str) -> Mapping[str, str]:
    """The tags of a load balancer or target group, of either generation."""
    told = alb._tags.get(arn)
    if told is None:
        told = (classic.LOAD_BALANCERS.get(arn.rsplit("/", 1)[-1]) or {}).get("Tags", [])
    return {tag["Key"]: tag.get("Value", "") for tag in told}
