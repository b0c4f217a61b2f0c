"""What AWS sells here and now."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import UnreadableError, translated
from sigopt_operator.plan.snapshot import Facts, InstanceType, Zone

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import InstanceTypeInfoTypeDef


def read_facts(clients: Clients, types: tuple[str, ...], versions: tuple[str, ...]) -> Facts:
    """Zones, and the given instance types with the zones that sell them: three calls."""
    with translated():
        sold = _offerings(clients, types)
        # As a filter, because naming an unknown type refuses the whole call.
        answer = clients.ec2.describe_instance_types(
            Filters=[{"Name": "instance-type", "Values": list(types)}]
        )
        kinds = (_type(info, sold) for info in answer["InstanceTypes"])
        return Facts(
            zones=_zones(clients),
            types={kind.name: kind for kind in kinds},
            versions=versions,
        )


def _zones(clients: Clients) -> tuple[Zone, ...]:
    answer = clients.ec2.describe_availability_zones(
        Filters=[
            {"Name": "state", "Values": ["available"]},
            {"Name": "zone-type", "Values": ["availability-zone"]},
        ]
    )
    found = tuple(Zone(z["ZoneName"], z["ZoneId"]) for z in answer["AvailabilityZones"])
    if not found:
        raise UnreadableError("a region without zones")
    return found


def _offerings(clients: Clients, types: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    answer = clients.ec2.describe_instance_type_offerings(
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": list(types)}],
    )
    sold: dict[str, set[str]] = defaultdict(set)
    for offer in answer["InstanceTypeOfferings"]:
        sold[offer["InstanceType"]].add(offer["Location"])
    return {name: tuple(sorted(zones)) for name, zones in sold.items()}


def _type(info: InstanceTypeInfoTypeDef, sold: dict[str, tuple[str, ...]]) -> InstanceType:
    told = info["GpuInfo"]["Gpus"] if "GpuInfo" in info else []
    gpus = [gpu for gpu in told if gpu["Manufacturer"] == "NVIDIA"]
    return InstanceType(
        name=info["InstanceType"],
        architectures=tuple(info["ProcessorInfo"]["SupportedArchitectures"]),
        nvidia_gpus=tuple(g["Name"] for g in gpus),
        # Fractions of a GPU (g6f) count none, and show as one to their instance.
        gpus=sum(g.get("Count") or g.get("LogicalGpuCount") or 1 for g in gpus),
        zones=sold.get(info["InstanceType"], ()),
        vcpus=info["VCpuInfo"]["DefaultVCpus"],
    )
