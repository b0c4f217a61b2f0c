"""DescribeScalingActivities: the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.aws.mends.autoscaling import records
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own


def install() -> None:
    """Put DescribeScalingActivities in front of ministack's."""
    own("autoscaling", "DescribeScalingActivities", describe)


def describe(call: Call) -> Mapping[str, Any]:
    """The activities of one group, or of all."""
    name = call.params.get("AutoScalingGroupName")
    groups = [records.find(name)] if name else records.every()
    wanted = set(call.params.get("ActivityIds", []))
    rows = [a for g in groups for a in g["_activities"] if not wanted or a["ActivityId"] in wanted]
    rows.sort(key=lambda activity: activity["StartTime"], reverse=True)
    return page(call, "Activities", rows, 100, "MaxRecords")
