"""Pages of a listing, with EC2's NextToken and MaxResults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.operations import Call


def page(
    call: Call, member: str, rows: Sequence[Any], size: int, limit: str = "MaxResults"
) -> dict[str, Any]:
    """The page that the call asks for, and the token of the next one if there is one."""
    wanted = min(int(call.params.get(limit) or size), size)
    token = call.params.get("NextToken") or "0"
    if not token.isdigit():
        raise AwsError("InvalidNextToken", "The specified token is not valid.")
    begin = int(token)
    answer: dict[str, Any] = {member: list(rows[begin : begin + wanted])}
    if begin + wanted < len(rows):
        answer["NextToken"] = str(begin + wanted)
    return answer
