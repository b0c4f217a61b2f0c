"""Everything that is put into ministack before it serves, in order."""

from __future__ import annotations

from collections.abc import Mapping

import botocore.session
from ministack.core import router

from sigopt_sandbox.aws import admin, calls, dump, eks, switches, whose, wire
from sigopt_sandbox.aws.eks.clock import Clock
from sigopt_sandbox.aws.failures import Failure
from sigopt_sandbox.aws.mends import (
    authorization,
    autoscaling,
    cloudformation,
    ec2,
    elb,
    iam,
    prices,
    quotas,
    ssm,
)
from sigopt_sandbox.aws.world import World

MENDS = (ec2, elb, autoscaling, cloudformation)
"""In this order: a later one may stand in front of an earlier one's operations."""


USED = ("ec2", "cloudformation", "iam", "autoscaling", "eks")
"""Services whose models are read at the start: the first request would wait a second or two."""


def install(world: World) -> None:
    """Mend the services, add EKS, and serve the admin API."""
    for service in USED:
        wire.model(service)
    _know_services()
    calls.install()
    whose.install()
    switches.install()
    for mend in MENDS:
        mend.install(world)
    for table in (iam, ssm, quotas, prices):
        table.install()
    lifecycle = eks.install(world)

    def eks_tags(arn: str) -> Mapping[str, str] | None:
        found = eks.find(lifecycle, arn)
        return found and dict(found.get("tags") or {})

    authorization.install(eks_tags)
    dump.install(lambda part: eks.dump(lifecycle, part))
    _serve_failures(world)
    _serve_speed(world, lifecycle.clock)
    admin.register("GET", "/_sandbox/ready", lambda _: {"ready": True})


def _know_services() -> None:
    """Tell ministack's router which services AWS has; it would read every model to find out."""
    names = botocore.session.get_session().get_available_services()
    router._KNOWN_AWS_SERVICE_NAMES = frozenset({*names, "servicequotas"})


def _serve_speed(world: World, of_eks: Clock) -> None:
    """`PUT /_sandbox/speed {"speed": 1}`: from now on; a wait that began goes on as it began."""

    def change(request: admin.Request) -> object:
        speed = float(admin.field(request.body, "speed", int))
        if speed <= 0:
            raise admin.RequestError(400, f"speed must be positive, not {speed:g}")
        world.clock.speed = speed
        of_eks.set_speed(speed)
        return {"speed": speed}

    admin.register("PUT", "/_sandbox/speed", change)


def _serve_failures(world: World) -> None:
    """`/_sandbox/fail` arms (POST), forgets (DELETE) and tells (GET); `/_sandbox/freeze` holds."""

    def fail(request: admin.Request) -> object:
        what, how = admin.field(request.body, "what"), admin.field(request.body, "how")
        world.failures.arm(Failure.parse(what, how))
        return state(request)

    def freeze(request: admin.Request) -> object:
        on = admin.field(request.body, "on", bool)
        world.failures.hold(admin.field(request.body, "what"), on)
        return state(request)

    def clear(request: admin.Request) -> object:
        world.failures.clear()
        return state(request)

    def state(_: admin.Request) -> object:
        armed = [{"what": f.what, "how": f"{f.status}:{f.message}"} for f in world.failures.armed]
        return {"armed": armed, "frozen": sorted(world.failures.held)}

    admin.register("POST", "/_sandbox/fail", fail)
    admin.register("POST", "/_sandbox/freeze", freeze)
    admin.register("DELETE", "/_sandbox/fail", clear)
    admin.register("GET", "/_sandbox/fail", state)
