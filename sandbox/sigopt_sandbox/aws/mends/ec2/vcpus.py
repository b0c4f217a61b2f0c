"""The vCPU quotas of running on-demand instances, by family."""

from __future__ import annotations

import itertools

from ministack.services import ec2

from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.mends.ec2 import catalogue

FAMILIES = {
    "L-DB2E81BA": ("g", "vt"),
    "L-417A185B": ("p",),
    "L-1945791B": ("inf",),
    "L-2C3B7624": ("trn",),
    "L-74FC7D96": ("f",),
    "L-7295265B": ("x",),
}
"""vCPU quotas of on-demand instances by the letters of a family; the others are Standard."""
STANDARD = "L-1216C47A"


def check(kind: str, region: str) -> None:
    """Refuse what the on-demand vCPU quota of the type's family does not allow."""
    code, types = _quota(kind), catalogue.types(region)
    running = sum(
        types[i["InstanceType"]]["VCpuInfo"]["DefaultVCpus"]
        for i in ec2._instances.values()
        if i["State"]["Name"] in ("pending", "running") and _quota(i["InstanceType"]) == code
        if i["InstanceType"] in types
    )
    limit = f"{limits.value('ec2', code):g}"
    text = f"You have requested more vCPU capacity than your current vCPU limit of {limit} allows "
    text += "for the instance bucket that the specified instance type belongs to. Please visit "
    text += "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
    more = types[kind]["VCpuInfo"]["DefaultVCpus"]
    limits.check("ec2", code, running, "VcpuLimitExceeded", text, more)


def _quota(kind: str) -> str:
    letters = "".join(itertools.takewhile(str.isalpha, kind))
    return next((code for code, of in FAMILIES.items() if letters in of), STANDARD)
