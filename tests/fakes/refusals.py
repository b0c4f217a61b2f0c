"""Refusals, as boto3 raises them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from botocore.exceptions import ClientError


def refusal(
    code: str, message: str, operation: str = "Operation", status: int = 400
) -> ClientError:
    """What boto3 raises when AWS answers so."""
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(cast(Any, response), operation)


MOST_TAGS: Final = 50
"""Of one thing, where AWS's own, which begin with aws:, do not count (botocore's EKS model, TagMap;
EC2 and Auto Scaling User Guides, "Tag restrictions")."""


def at_most_fifty(code: str, have: Mapping[str, str], put: Mapping[str, str]) -> None:
    """Refuse with this code what would have one tag more."""
    counted = [key for key in {**have, **put} if not key.startswith("aws:")]
    if len(counted) > MOST_TAGS:
        raise refusal(code, "The maximum number of Tags for a resource has been reached.")
