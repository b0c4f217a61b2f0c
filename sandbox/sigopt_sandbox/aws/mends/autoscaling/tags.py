"""Tags of auto scaling groups, among them the autoscaler's node templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.autoscaling import records
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own


def install() -> None:
    """Put these in front of ministack's."""
    own("autoscaling", "CreateOrUpdateTags", create_or_update)
    own("autoscaling", "DeleteTags", delete)
    own("autoscaling", "DescribeTags", describe)


def create_or_update(call: Call) -> None:
    """CreateOrUpdateTags."""
    for tag in call.params["Tags"]:
        group = records.find(tag["ResourceId"])
        kept = [t for t in group["Tags"] if t["Key"] != tag["Key"]]
        made = {
            "ResourceId": tag["ResourceId"],
            "ResourceType": "auto-scaling-group",
            "Key": tag["Key"],
            "Value": tag.get("Value", ""),
            "PropagateAtLaunch": bool(tag.get("PropagateAtLaunch")),
        }
        group["Tags"][:] = [*kept, made]


def delete(call: Call) -> None:
    """DeleteTags."""
    for tag in call.params["Tags"]:
        group = records.find(tag["ResourceId"])
        group["Tags"][:] = [t for t in group["Tags"] if t["Key"] != tag["Key"]]


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeTags by group, key, value and propagation."""
    members = {
        "auto-scaling-group": "ResourceId",
        "key": "Key",
        "value": "Value",
        "propagate-at-launch": "PropagateAtLaunch",
    }
    rows = [tag for group in records.every() for tag in group["Tags"]]
    for test in call.params.get("Filters", []):
        member = members.get(test["Name"])
        if member is None:
            raise AwsError("ValidationError", f"Filter type {test['Name']} is not correct.")
        wanted = {value.lower() for value in test.get("Values", [])}
        rows = [tag for tag in rows if str(tag[member]).lower() in wanted]
    return page(call, "Tags", rows, 100, "MaxRecords")
