"""EKS as it behaves: states, delays, refusals, side effects, behind the simulated AWS's endpoint.

`install(world)` puts it in place of ministack's own. `switches.Switches` holds every question that
AWS's documentation leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.aws.eks import admin
from sigopt_sandbox.aws.eks.clock import Clock
from sigopt_sandbox.aws.eks.cloud import Cloud
from sigopt_sandbox.aws.eks.dump import dump
from sigopt_sandbox.aws.eks.scheduler import Scheduler
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.tags import find
from sigopt_sandbox.aws.world import World

__all__ = ["Eks", "dump", "find", "install"]


def install(world: World) -> Eks:
    """Serve EKS from here on; the answer is the simulated service itself."""
    from sigopt_sandbox.aws.eks.front import serve
    from sigopt_sandbox.aws.internal import call
    from sigopt_sandbox.aws.mends.iam.trust import from_inside

    def call_as_a_service(
        service: str, action: str, params: Mapping[str, Any], *, account: str, region: str
    ) -> dict[str, Any]:
        with from_inside():
            return call(service, action, params, account=account, region=region)

    clock = Clock(world.settings.speed)
    eks = Eks(
        clock=clock,
        scheduler=Scheduler(clock),
        cloud=Cloud(call_as_a_service),
        failures=world.failures,
        endpoints=world.settings.endpoints,
    )
    serve(eks)
    admin.register(eks)
    return eks
