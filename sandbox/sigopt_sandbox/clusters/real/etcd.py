"""Forgetting a cluster in the etcd that all simulated clusters share."""

from __future__ import annotations

import base64

import aiohttp

_TIMEOUT = aiohttp.ClientTimeout(total=30)


async def delete_prefix(session: aiohttp.ClientSession, url: str, prefix: str) -> None:
    """Delete every key under `prefix`, which begins and does not end with a slash.

    Through etcd's JSON gateway: a range from "prefix/" to the next string, "prefix0".
    """
    first = f"{prefix}/".encode()
    after = first[:-1] + bytes([first[-1] + 1])
    body = {"key": _encoded(first), "range_end": _encoded(after)}
    async with session.post(
        f"{url.rstrip('/')}/v3/kv/deleterange", json=body, timeout=_TIMEOUT, raise_for_status=True
    ):
        return


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()
