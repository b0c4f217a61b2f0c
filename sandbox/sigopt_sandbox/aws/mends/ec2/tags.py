"""EC2's limit on tags: fifty of each thing, where those of AWS's own do not count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2 import stores
from sigopt_sandbox.aws.operations import Call, own

MOST_TAGS: Final = 50
"""EC2 API Reference, CreateTags; EC2 User Guide, "Tag restrictions"."""


def install() -> None:
    """Put this in front of ministack's."""
    own("ec2", "CreateTags", create)


def check(keys: Iterable[str], code: str = "TagLimitExceeded") -> None:
    """Refuse more keys than one thing may have; the code is documented, the text is not."""
    if sum(not key.startswith("aws:") for key in set(keys)) > MOST_TAGS:
        raise AwsError(code, "The maximum number of Tags for a resource has been reached.")


def create(call: Call) -> dict[str, object]:
    """CreateTags: all of the resources, or none."""
    put = [tag["Key"] for tag in call.params.get("Tags", [])]
    for resource in call.params.get("Resources", []):
        check([*put, *(tag["Key"] for tag in stores.tags(resource))])
    return call.forward()
