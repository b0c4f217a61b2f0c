"""What AWS says of a thing asked for twice, taken for success.

Doing something again is the normal case: a killed operator, or a lost answer. The next look sees
what is there, and whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from sigopt_operator.aws.errors import is_code, message_of

EXISTS = ("already exists", "already in use")
"""How EKS says so; the same code also says that something else is going on."""
GONE_FROM_EKS = "ResourceNotFoundException"


@contextmanager
def existing_is_fine() -> Iterator[None]:
    """Take "it is there already" of EKS for success."""
    try:
        yield
    except ClientError as error:
        told = message_of(error)
        there = is_code(error, "ResourceInUseException") and any(text in told for text in EXISTS)
        if not there:
            raise


@contextmanager
def gone_is_fine(*codes: str) -> Iterator[None]:
    """Take "there is no such thing" for success: these codes, or without any that of EKS."""
    try:
        yield
    except ClientError as error:
        if not is_code(error, *(codes or (GONE_FROM_EKS,))):
            raise
