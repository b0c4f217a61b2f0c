"""Refusals, as boto3 raises them."""

from __future__ import annotations

from typing import Any, cast

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
