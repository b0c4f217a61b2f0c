"""Instance types as EKS judges them, and what a node of a type has to offer Kubernetes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sigopt_sandbox.aws.eks import images
from sigopt_sandbox.aws.eks.cloud import AwsError, passed_through
from sigopt_sandbox.aws.eks.errors import invalid_parameter, invalid_request
from sigopt_sandbox.aws.eks.network import Subnet
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Scope

InstanceType = dict[str, Any]

# EKS's cap on pods a node without a custom image (user guide, create-managed-node-group).
SMALL_VCPUS = 30
SMALL_PODS = 110
LARGE_PODS = 250


def described(eks: Eks, scope: Scope, names: list[str]) -> list[InstanceType]:
    """The types, in the order asked; EC2's refusal of unknown ones is passed through."""
    try:
        answer = eks.cloud.ec2(scope, "DescribeInstanceTypes", InstanceTypes=names)
    except AwsError as error:
        raise invalid_parameter(passed_through(error)) from error
    by_name = {entry["InstanceType"]: entry for entry in answer["InstanceTypes"]}
    return [by_name[name] for name in names if name in by_name]


def check_image(found: Iterable[InstanceType], ami_type: str) -> None:
    """Refuse types that the image cannot run on (text observed by users, for architectures).

    A GPU image on a type without any GPU is refused with the same text; that part is assumed. An
    AMD GPU under an NVIDIA image is accepted, as EKS does.
    """
    chip = images.architecture(ami_type)
    wrong = [
        entry["InstanceType"]
        for entry in found
        if chip not in entry["ProcessorInfo"]["SupportedArchitectures"]
        or (images.has_nvidia_driver(ami_type) and not entry.get("GpuInfo"))
    ]
    if wrong:
        raise invalid_parameter(
            f"[{', '.join(wrong)}] is not a valid instance type for requested amiType {ami_type}"
        )


def check_offered(eks: Eks, scope: Scope, names: list[str], subnets: list[Subnet]) -> None:
    """One subnet whose zone does not sell a type refuses the whole group (observed by users)."""
    if not eks.switches.network_checked:
        return
    filters = [{"Name": "instance-type", "Values": names}]
    answer = eks.cloud.ec2(
        scope,
        "DescribeInstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=filters,
    )
    sold: dict[str, set[str]] = {name: set() for name in names}
    for offering in answer["InstanceTypeOfferings"]:
        sold[offering["InstanceType"]].add(offering["Location"])
    for name in names:
        for subnet in subnets:
            zone = subnet["AvailabilityZone"]
            if zone not in sold[name]:
                raise invalid_request(
                    f"Your requested instance type ({name}) is not supported in your requested "
                    f"Availability Zone ({zone}). Please retry your request by not specifying an "
                    f"Availability Zone or choosing {', '.join(sorted(sold[name]))}."
                )


def nvidia_gpus(entry: InstanceType) -> int:
    """How many NVIDIA GPUs a type has."""
    gpus = entry.get("GpuInfo", {}).get("Gpus", [])
    return sum(int(g.get("Count", 0)) for g in gpus if g.get("Manufacturer") == "NVIDIA")


def max_pods(entry: InstanceType) -> int:
    """How many pods the VPC CNI can give addresses to, within EKS's cap."""
    info = entry.get("NetworkInfo", {})
    interfaces = int(info.get("MaximumNetworkInterfaces", 3))
    addresses = int(info.get("Ipv4AddressesPerInterface", 10))
    cap = SMALL_PODS if int(entry["VCpuInfo"]["DefaultVCpus"]) < SMALL_VCPUS else LARGE_PODS
    return min(cap, interfaces * (addresses - 1) + 2)


def capacity(entry: InstanceType, disk_gib: int) -> dict[str, str]:
    """A node's capacity in Kubernetes quantities, without GPUs (a device plugin brings those)."""
    return {
        "cpu": str(entry["VCpuInfo"]["DefaultVCpus"]),
        "memory": f"{entry['MemoryInfo']['SizeInMiB']}Mi",
        "pods": str(max_pods(entry)),
        "ephemeral-storage": f"{disk_gib}Gi",
    }
