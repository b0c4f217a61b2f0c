"""Pagination as EKS does it: maxResults up to 100, and an opaque nextToken."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sigopt_sandbox.aws.eks.errors import invalid_parameter
from sigopt_sandbox.aws.eks.store import Doc

Item = TypeVar("Item")


def page(items: Sequence[Item], params: Doc, *, member: str, default: int = 100) -> Doc:
    """One page of `items` as an output with `member` and nextToken (null on the last page).

    Raises InvalidParameter for a token that this operation did not hand out.
    """
    size = int(params.get("maxResults") or default)
    start = _start(params.get("nextToken"), member)
    end = start + size
    token = _token(end, member) if end < len(items) else None
    return {member: list(items[start:end]), "nextToken": token}


def _token(start: int, member: str) -> str:
    return base64.urlsafe_b64encode(f"{member}:{start}".encode()).decode()


def _start(token: str | None, member: str) -> int:
    if not token:
        return 0
    try:
        name, _, start = base64.urlsafe_b64decode(token).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_parameter("nextToken is invalid") from error
    if name != member or not start.isdigit():
        raise invalid_parameter("nextToken is invalid")
    return int(start)
