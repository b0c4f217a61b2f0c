"""DescribeInstanceTypes, DescribeInstanceTypeOfferings and spot prices, from data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends import prices
from sigopt_sandbox.aws.mends.ec2 import catalogue
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.mends.ec2.zones import names
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own

SPOT_SHARE = 0.35
"""Spot prices as a share of the on-demand price: assumed."""

FIELDS = {
    "instance-type": field("InstanceType"),
    "current-generation": field("CurrentGeneration"),
    "bare-metal": field("BareMetal"),
    "burstable-performance-supported": field("BurstablePerformanceSupported"),
    "free-tier-eligible": field("FreeTierEligible"),
    "hypervisor": field("Hypervisor"),
    "instance-storage-supported": field("InstanceStorageSupported"),
    "memory-info.size-in-mib": field("MemoryInfo", "SizeInMiB"),
    "processor-info.supported-architecture": field("ProcessorInfo", "SupportedArchitectures"),
    "supported-usage-class": field("SupportedUsageClasses"),
    "supported-root-device-type": field("SupportedRootDeviceTypes"),
    "supported-virtualization-type": field("SupportedVirtualizationTypes"),
    "vcpu-info.default-vcpus": field("VCpuInfo", "DefaultVCpus"),
}


def install() -> None:
    """Put these in front of ministack's."""
    own("ec2", "DescribeInstanceTypes", describe_instance_types)
    own("ec2", "DescribeInstanceTypeOfferings", describe_instance_type_offerings)
    own("ec2", "DescribeSpotPriceHistory", describe_spot_price_history)


def _wanted(call: Call) -> list[dict[str, Any]]:
    sold, asked = catalogue.types(call.region), call.params.get("InstanceTypes", [])
    unknown = [name for name in asked if name not in sold]
    if unknown:
        listed = ", ".join(unknown)
        text = f"The following supplied instance types do not exist: [{listed}]"
        raise AwsError("InvalidInstanceType", text)
    return [sold[name] for name in asked] if asked else list(sold.values())


def describe_instance_types(call: Call) -> Mapping[str, Any]:
    """DescribeInstanceTypes: the types that the region sells, a hundred a page."""
    rows = select(_wanted(call), call.params.get("Filters", []), FIELDS)
    return page(call, "InstanceTypes", rows, 100)


def describe_instance_type_offerings(call: Call) -> Mapping[str, Any]:
    """DescribeInstanceTypeOfferings by region, zone or zone id."""
    kind = call.params.get("LocationType", "region")
    rows = [
        {"InstanceType": name, "LocationType": kind, "Location": location}
        for name in catalogue.types(call.region)
        for location in _locations(name, call.region, kind)
    ]
    fields = {"instance-type": field("InstanceType"), "location": field("Location")}
    found = select(rows, call.params.get("Filters", []), fields)
    return page(call, "InstanceTypeOfferings", found, 1000)


def _locations(name: str, region: str, kind: str) -> list[str]:
    zones = catalogue.zones_of(name, region)
    if kind == "region":
        return [region] if zones else []
    if kind == "availability-zone-id":
        return [ec2._az_id_for_zone_name(zone) for zone in zones]
    if kind == "availability-zone":
        return zones
    raise AwsError("InvalidParameterValue", f"{kind} is not a valid location type")


def describe_spot_price_history(call: Call) -> Mapping[str, Any]:
    """DescribeSpotPriceHistory: one steady price a type and zone."""
    asked = call.params.get("InstanceTypes") or list(catalogue.types(call.region))
    rows = [
        {
            "InstanceType": name,
            "AvailabilityZone": zone,
            "ProductDescription": "Linux/UNIX",
            "SpotPrice": f"{prices.on_demand(name, call.region) * SPOT_SHARE:.6f}",
            "Timestamp": datetime.now(UTC),
        }
        for name in asked
        for zone in catalogue.zones_of(name, call.region)
        if zone in names(call.region)
    ]
    return page(call, "SpotPriceHistory", rows, 1000)
