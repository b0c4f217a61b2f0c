"""Until when a client certificate is valid, read without a library for it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from tests.fakes.authority import Authority

from sigopt_operator.cluster.custom.certificates import validity_of

AUTHORITY = Authority()


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC), id="two digits of the year"),
        pytest.param(datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), id="of the last century"),
        pytest.param(datetime(2077, 7, 7, 7, 7, 7, tzinfo=UTC), id="four digits of the year"),
    ],
)
def test_the_end_is_what_the_certificate_says(ends: datetime) -> None:
    assert validity_of(AUTHORITY.pair(ends=ends).certificate).ends == ends


def test_the_first_of_a_chain_counts_and_text_around_it_does_not() -> None:
    ends = datetime(2031, 1, 1, tzinfo=UTC)
    pem = AUTHORITY.pair(ends=ends).certificate
    assert validity_of(f"subject: somebody\n{pem}\n{AUTHORITY.pem}").ends == ends


def pem(der: bytes) -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


REAL = base64.b64decode("".join(AUTHORITY.pair().certificate.splitlines()[1:-1]))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", id="an empty one"),
        pytest.param(pem(b"\x30"), id="one byte"),
        pytest.param(pem(b"\x30\x80"), id="without a length"),
        pytest.param(pem(b"\x30\xff" + 200 * b"\xff"), id="longer than anything"),
        pytest.param(pem(b"\x02\x01\x01"), id="a number"),
        *(pytest.param(pem(REAL[:cut]), id=f"cut after {cut}") for cut in (3, 20, 60, 100)),
        pytest.param(pem(REAL.replace(b"\x17\x0d", b"\x17\x0c")), id="a time that is cut"),
        pytest.param(pem(REAL.replace(b"\x17\x0d", b"\x04\x0d")), id="no time"),
    ],
)
def test_what_is_no_certificate_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        validity_of(text)
