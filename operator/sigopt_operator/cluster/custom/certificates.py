"""When a certificate is valid, read from its DER.

The standard library tells that of a peer's certificate only, and not of one that is to be shown to
a server. So the few fields before `validity` are stepped over here (RFC 5280, 4.1).
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _INTEGER, _VERSION = 0x30, 0x02, 0xA0
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18


@dataclass(frozen=True)
class Validity:
    """From when until when a certificate is valid; aware, UTC."""

    begins: datetime
    ends: datetime


def validity_of(pem: str) -> Validity:
    """That of the first certificate in a PEM text; ValueError where there is none."""
    block = _BLOCK.search(pem)
    if block is None:
        raise ValueError("no certificate in PEM")
    der = ssl.PEM_cert_to_DER_cert(block.group())
    certificate = _enter(der, 0, _SEQUENCE)
    at = _enter(der, certificate, _SEQUENCE)
    if _tag(der, at) == _VERSION:
        at = _after(der, at)
    at = _after(der, at, _INTEGER)  # the serial number
    at = _after(der, at, _SEQUENCE)  # the algorithm of the signature
    at = _after(der, at, _SEQUENCE)  # the issuer
    begins = _enter(der, at, _SEQUENCE)
    return Validity(_time(der, begins), _time(der, _after(der, begins)))


def _tag(der: bytes, at: int) -> int:
    if at + 2 > len(der):
        raise ValueError("a certificate that is cut off")
    return der[at]


def _bounds(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins, and where it ends (X.690, 8.1.3)."""
    _tag(der, at)
    length, start = der[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(der[start : start + size], "big")
        start += size
    if start + length > len(der):
        raise ValueError("a certificate that is cut off")
    return start, start + length


def _enter(der: bytes, at: int, tag: int) -> int:
    if _tag(der, at) != tag:
        raise ValueError("no X.509 certificate")
    return _bounds(der, at)[0]


def _after(der: bytes, at: int, tag: int | None = None) -> int:
    if tag is not None and _tag(der, at) != tag:
        raise ValueError("no X.509 certificate")
    return _bounds(der, at)[1]


def _time(der: bytes, at: int) -> datetime:
    start, end = _bounds(der, at)
    text = der[start:end].decode("ascii")
    if _tag(der, at) == _UTC_TIME:
        # Two digits of the year; 50 and more are of the last century (RFC 5280, 4.1.2.5.1).
        text = ("19" if text >= "50" else "20") + text
    elif _tag(der, at) != _GENERALIZED_TIME:
        raise ValueError("no time in a certificate")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
