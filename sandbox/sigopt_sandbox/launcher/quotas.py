"""The quotas of a sandbox's account: raised, as those of an account that is in use."""

from __future__ import annotations

from sigopt_sandbox.web import call

RAISED = {
    "vpc/L-F678F1CE": 500,
    "vpc/L-A4707A72": 500,
    "vpc/L-FE5A380F": 500,
    "ec2/L-0263D0A3": 500,
    "ec2/L-1216C47A": 100_000,
    "ec2/L-DB2E81BA": 100_000,
    "ec2/L-417A185B": 100_000,
    "ec2/L-34B43A08": 100_000,
    "ec2/L-3819A6DF": 100_000,
    "ec2/L-7212CCBC": 100_000,
    "eks/L-1194D53C": 500,
}
"""With AWS's defaults (5 VPCs, no vCPU of a GPU family) an account would be full with the fifth
cluster and have none with a GPU."""


def raise_quotas(aws_url: str) -> None:
    """Raise them in the simulated AWS, for Service Quotas and where they are enforced."""
    call("PUT", f"{aws_url}/_sandbox/quotas", RAISED)
    clusters = {"L-1194D53C": RAISED["eks/L-1194D53C"]}
    call("PUT", f"{aws_url}/_sandbox/eks/quotas", clusters)
