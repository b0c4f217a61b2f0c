"""Application and network load balancers: in real subnets, and not deleted while held."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ministack.services import alb

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.elb import presence
from sigopt_sandbox.aws.operations import Call, own
from sigopt_sandbox.aws.world import World

SERVICE = "elasticloadbalancing"


def install(world: World) -> None:
    """Put these in front of ministack's."""
    own(SERVICE, "CreateLoadBalancer", create)
    own(SERVICE, "DeleteLoadBalancer", partial(delete, world))
    own(SERVICE, "DeleteTargetGroup", delete_target_group)


def create(call: Call) -> Mapping[str, Any]:
    """CreateLoadBalancer, in subnets that exist; their VPC is the load balancer's."""
    mappings = [m["SubnetId"] for m in call.params.get("SubnetMappings", [])]
    subnets = call.params.get("Subnets") or mappings
    vpc_id = presence.network_of(subnets)
    made = call.forward()["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    record = alb._lbs[arn]
    record["VpcId"], record["Subnets"] = vpc_id, list(subnets)
    public = record["Scheme"] == "internet-facing"
    presence.stand(_name(arn), subnets, record["SecurityGroups"], public=public)
    return {"LoadBalancers": [{**made, "VpcId": vpc_id}]}


def _name(arn: str) -> str:
    return arn.split(":loadbalancer/", 1)[1]


def delete(world: World, call: Call) -> Mapping[str, Any]:
    """DeleteLoadBalancer: not a protected one; its listeners go with it, its interfaces later."""
    arn = call.params["LoadBalancerArn"]
    if arn not in alb._lbs:
        return {}
    attributes = {a["Key"]: a["Value"] for a in alb._lb_attrs.get(arn) or []}
    if attributes.get("deletion_protection.enabled") == "true":
        text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        raise AwsError("OperationNotPermitted", text)
    for key in [k for k, one in alb._listeners.items() if one["LoadBalancerArn"] == arn]:
        alb._listeners.pop(key, None)
    for group in alb._tgs.values():
        group["LoadBalancerArns"] = [a for a in group["LoadBalancerArns"] if a != arn]
    presence.leave(world, _name(arn))
    return call.forward()


def delete_target_group(call: Call) -> Mapping[str, Any]:
    """DeleteTargetGroup: not one that a listener still names."""
    arn = call.params["TargetGroupArn"]
    if (alb._tgs.get(arn) or {}).get("LoadBalancerArns"):
        text = f"Target group '{arn}' is currently in use by a listener or a rule"
        raise AwsError("ResourceInUse", text)
    return call.forward()
