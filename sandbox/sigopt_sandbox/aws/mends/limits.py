"""AWS's default quotas, and their enforcement where the switch `quotas` asks for it.

Defaults and codes as Service Quotas and the user guides of each service give them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sigopt_sandbox.aws import switches
from sigopt_sandbox.aws.errors import AwsError


@dataclass(frozen=True)
class Quota:
    """One quota with AWS's default value."""

    service: str
    code: str
    name: str
    value: float
    adjustable: bool = True
    unit: str = "None"


DEFAULTS = (
    Quota("vpc", "L-F678F1CE", "VPCs per Region", 5),
    Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5),
    Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5),
    Quota("vpc", "L-E79EC296", "VPC security groups per Region", 2500),
    Quota("vpc", "L-0EA8095F", "Inbound or outbound rules per security group", 60),
    Quota("vpc", "L-2AFB9258", "Security groups per network interface", 5),
    Quota("vpc", "L-407747CB", "Subnets per VPC", 200),
    Quota("vpc", "L-DF5E4CA3", "Network interfaces per Region", 5000),
    Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5),
    # On-demand limits are in vCPUs; new accounts begin with these (EC2 user guide).
    Quota(
        "ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5
    ),
    Quota("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 0),
    Quota("ec2", "L-417A185B", "Running On-Demand P instances", 0),
    Quota("ec2", "L-74FC7D96", "Running On-Demand F instances", 0),
    Quota("ec2", "L-1945791B", "Running On-Demand Inf instances", 0),
    Quota("ec2", "L-2C3B7624", "Running On-Demand Trn instances", 0),
    Quota("ec2", "L-7295265B", "Running On-Demand X instances", 0),
    Quota(
        "ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 5
    ),
    Quota("ec2", "L-3819A6DF", "All G and VT Spot Instance Requests", 0),
    Quota("ec2", "L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests", 0),
    Quota("eks", "L-1194D53C", "Clusters", 100),
    Quota("eks", "L-6D54EA21", "Managed node groups per cluster", 30),
    Quota("eks", "L-BD136A63", "Nodes per managed node group", 450),
    Quota("eks", "L-93A74D60", "Public endpoint access CIDR ranges per cluster", 40),
    Quota("eks", "L-23414FF3", "Fargate profiles per cluster", 10),
    Quota("eks", "L-11427A54", "Control plane security groups per cluster", 4, adjustable=False),
    Quota("cloudformation", "L-0485CB21", "Stack count", 2000),
    Quota("iam", "L-FE177D64", "Roles per account", 1000),
    Quota("iam", "L-6E65F664", "Instance profiles per account", 1000),
    Quota("iam", "L-0DA4ABF3", "Managed policies per role", 10),
    Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50),
    Quota("elasticloadbalancing", "L-69A177A2", "Network Load Balancers per Region", 50),
    Quota("autoscaling", "L-CDE20ADC", "Auto Scaling groups per region", 500),
)
"""Quotas of the services that an EKS cluster touches."""

_RAISED: dict[tuple[str, str], float] = {}
"""Values that a test or a person set instead of the default."""


def value(service: str, code: str) -> float:
    """A quota's value: what was set, else AWS's default."""
    default = next(q.value for q in DEFAULTS if (q.service, q.code) == (service, code))
    return _RAISED.get((service, code), default)


def put(service: str, code: str, wanted: float | None) -> None:
    """Set a quota's value, as support does when it grants an increase; None: the default again."""
    if wanted is None:
        _RAISED.pop((service, code), None)
    else:
        _RAISED[service, code] = wanted


def check(service: str, code: str, have: float, error: str, text: str, more: float = 1) -> None:
    """Refuse one more than the quota allows, where quotas are enforced."""
    if switches.get("quotas") and have + more > value(service, code):
        raise AwsError(error, text)
