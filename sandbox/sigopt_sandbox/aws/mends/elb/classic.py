"""Classic load balancers, which ministack lacks: as far as Kubernetes and a clean-up use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ministack import app
from ministack.core.responses import AccountRegionScopedDict, get_region

from sigopt_sandbox.aws import wire
from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.internal import Handler
from sigopt_sandbox.aws.mends.elb import presence
from sigopt_sandbox.aws.world import World

VERSION = "2012-06-01"
"""The API version by which a request is told from one to the newer service."""
LOAD_BALANCERS = AccountRegionScopedDict()

Params = Mapping[str, Any]


def install(world: World) -> None:
    """Serve requests of the older API version; all others go where they went."""
    newer: Handler = app.SERVICE_HANDLERS["elasticloadbalancing"]

    def delete(params: Params) -> Params:
        """DeleteLoadBalancer: succeeds too if there is none."""
        name = params["LoadBalancerName"]
        if LOAD_BALANCERS.pop(name, None) is not None:
            presence.leave(world, name)
        return {}

    operations = {**_OPERATIONS, "DeleteLoadBalancer": delete}

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> wire.Answer:
        if wire.form(body, query).get("Version") != VERSION:
            return await newer(method, path, headers, body, query)
        action = wire.action_of(headers, body, query)
        try:
            if action not in operations:
                raise AwsError("InvalidAction", f"{action}: not simulated here")
            params = wire.parse("elb", action, body, query)
            return wire.answer("elb", action, operations[action](params))
        except AwsError as error:
            return wire.refusal("elb", error)

    app.SERVICE_HANDLERS["elasticloadbalancing"] = handle


def _create(params: Params) -> Params:
    name, subnets = params["LoadBalancerName"], params.get("Subnets", [])
    if name in LOAD_BALANCERS:
        text = f"There is already a load balancer with the name '{name}'"
        raise AwsError("DuplicateLoadBalancerName", text)
    vpc_id, groups = presence.network_of(subnets), list(params.get("SecurityGroups", []))
    scheme = params.get("Scheme", "internet-facing")
    dns = f"{name}-1234567890.{get_region()}.elb.amazonaws.com"
    LOAD_BALANCERS[name] = {
        "LoadBalancerName": name,
        "DNSName": dns,
        "VPCId": vpc_id,
        "Subnets": list(subnets),
        "SecurityGroups": groups,
        "Scheme": scheme,
        "CreatedTime": datetime.now(UTC),
        "Tags": [dict(tag) for tag in params.get("Tags", [])],
    }
    presence.stand(name, subnets, groups, public=scheme == "internet-facing")
    return {"DNSName": dns}


def _known(name: str) -> dict[str, Any]:
    found: dict[str, Any] | None = LOAD_BALANCERS.get(name)
    if found is None:
        text = f"There is no ACTIVE Load Balancer named '{name}'"
        raise AwsError("LoadBalancerNotFound", text)
    return found


def _describe(params: Params) -> Params:
    wanted = params.get("LoadBalancerNames")
    found = [_known(n) for n in wanted] if wanted else list(LOAD_BALANCERS.values())
    rows = [{k: v for k, v in record.items() if k != "Tags"} for record in found]
    return {"LoadBalancerDescriptions": rows}


def _describe_tags(params: Params) -> Params:
    names = params.get("LoadBalancerNames", [])
    return {"TagDescriptions": [{"LoadBalancerName": n, "Tags": _known(n)["Tags"]} for n in names]}


_OPERATIONS: dict[str, Callable[[Params], Params]] = {
    "CreateLoadBalancer": _create,
    "DescribeLoadBalancers": _describe,
    "DescribeTags": _describe_tags,
}
