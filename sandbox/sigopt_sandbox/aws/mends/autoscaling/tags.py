"""Tags of auto scaling groups, among them the autoscaler's node templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.autoscaling import records
from sigopt_sandbox.aws.mends.ec2.tags import check
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own

MOST_AT_ONCE: Final = 25
"""Tags of one call (Auto Scaling User Guide, "Tag naming and usage restrictions")."""


def install() -> None:
    """Put these in front of ministack's."""
    own("autoscaling", "CreateOrUpdateTags", create_or_update)
    own("autoscaling", "DeleteTags", delete)
    own("autoscaling", "DescribeTags", describe)


def create_or_update(call: Call) -> None:
    """CreateOrUpdateTags: all of them, or none."""
    _few(call)
    for name in {tag["ResourceId"] for tag in call.params["Tags"]}:
        put = [tag["Key"] for tag in call.params["Tags"] if tag["ResourceId"] == name]
        check([*put, *records.tags(records.find(name))], "LimitExceeded")
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


def _few(call: Call) -> None:
    """The limit is documented; how it is refused is not."""
    if len(call.params["Tags"]) > MOST_AT_ONCE:
        raise AwsError("ValidationError", f"A call takes at most {MOST_AT_ONCE} tags.")


def delete(call: Call) -> None:
    """DeleteTags."""
    _few(call)
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
