"""Who counts what is asked of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, Protocol

Answered = Literal["ok", "throttled", "refused", "failed", "unanswered"]
"""What became of one request: `refused` is any other 4xx, `failed` a 5xx."""

THROTTLED: Final = frozenset(
    "Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException "
    "TooManyRequestsException RequestLimitExceeded BandwidthLimitExceeded SlowDown "
    "PriorRequestNotComplete EC2ThrottledException".split()
)
"""As botocore has them, without what means a quota here (LimitExceededException)."""
THROTTLED_TEXTS: Final = ("Request limit exceeded", "Rate exceeded", "Too Many Requests")
"""How EKS passes on that a service behind it throttles: with a code of its own, such as
InvalidRequestException (aws/aws-sdk#652, aws/aws-sdk-go-v2#2368)."""


class Meter(Protocol):
    """Counts requests; safe to use from many threads."""

    def answered(self, service: str, operation: str, how: Answered) -> None:
        """One request was sent, each attempt of a call being one: `eks`, `DescribeCluster`."""
        ...

    def waited(self, seconds: float) -> None:
        """A request waited for so many seconds of AWS's time for its turn in the budget."""
        ...

    def put_off(self) -> None:
        """A request was not sent, because its turn was too far away."""
        ...


class Unmetered:
    """Counts nothing."""

    def answered(self, service: str, operation: str, how: Answered) -> None:
        """See `Meter.answered`."""

    def waited(self, seconds: float) -> None:
        """See `Meter.waited`."""

    def put_off(self) -> None:
        """See `Meter.put_off`."""


def how_answered(parsed: Mapping[str, Any] | None) -> Answered:
    """What became of a request, by what botocore read of the answer; None: it read none."""
    if parsed is None:
        return "unanswered"
    told = parsed.get("Error", {})
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 200)
    if is_throttling(str(told.get("Code")), str(told.get("Message")), status):
        return "throttled"
    if status >= 500:
        return "failed"
    return "refused" if status >= 400 else "ok"


def is_throttling(code: str, message: str, status: int) -> bool:
    """Whether AWS asks for fewer calls, in whatever words."""
    if code in THROTTLED or status == 429:
        return True
    return any(text in message for text in THROTTLED_TEXTS)
