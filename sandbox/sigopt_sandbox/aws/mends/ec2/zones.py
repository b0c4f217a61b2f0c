"""Availability zones: how many each region has, and their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_region
from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2 import catalogue
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.operations import Call, own


def names(region: str) -> list[str]:
    """The names of a region's zones."""
    return [region + letter for letter in catalogue.zones(region)]


def install() -> None:
    """Put DescribeAvailabilityZones in front of ministack's."""
    own("ec2", "DescribeAvailabilityZones", describe)
    ec2._zone_name_for_az_id = _name_of


def _name_of(zone_id: str) -> str | None:
    region = get_region()
    return next((n for n in names(region) if ec2._az_id_for_zone_name(n) == zone_id), None)


def check(name: str | None, zone_id: str | None) -> None:
    """Refuse a zone that the region does not have."""
    there = names(get_region())
    if (name and name not in there) or (zone_id and _name_of(zone_id) is None):
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({name or zone_id}) for parameter availabilityZone is invalid. Subnets can "
            f"currently only be created in the following availability zones: {', '.join(there)}.",
        )


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeAvailabilityZones."""
    region = call.region
    rows: list[dict[str, Any]] = [
        {
            "ZoneName": name,
            "ZoneId": ec2._az_id_for_zone_name(name),
            "State": "available",
            "RegionName": region,
            "ZoneType": "availability-zone",
            "GroupName": f"{region}-zg-1",
            "NetworkBorderGroup": region,
            "OptInStatus": "opt-in-not-required",
            "Messages": [],
        }
        for name in names(region)
    ]
    for member, parameter in (("ZoneName", "ZoneNames"), ("ZoneId", "ZoneIds")):
        wanted = call.params.get(parameter)
        unknown = set(wanted or ()) - {row[member] for row in rows}
        if unknown:
            text = f"Invalid availability zone: [{min(unknown)}]"
            raise AwsError("InvalidParameterValue", text)
        rows = [row for row in rows if not wanted or row[member] in wanted]
    fields = {
        "zone-name": field("ZoneName"),
        "zone-id": field("ZoneId"),
        "zone-type": field("ZoneType"),
        "state": field("State"),
        "region-name": field("RegionName"),
        "group-name": field("GroupName"),
        "opt-in-status": field("OptInStatus"),
    }
    return {"AvailabilityZones": select(rows, call.params.get("Filters", []), fields)}
