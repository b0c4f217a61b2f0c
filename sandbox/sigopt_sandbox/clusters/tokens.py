"""Reading the bearer token of `aws eks get-token`, and refusing what EKS refuses.

The rules and their texts are those of aws-iam-authenticator, which runs in front of every EKS
control plane: a token is `k8s-aws-v1.` and the unpadded base64url of a presigned
GetCallerIdentity request. One rule differs: AWS's own STS hosts, and https, are replaced by the
hosts of this sandbox. A token signed for any other host is never sent anywhere.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
MAX_TOKEN_BYTES = 4096
LIFETIME = timedelta(minutes=15)
"""A presigned request lives this long after X-Amz-Date, whatever X-Amz-Expires says."""
MAX_EXPIRES_SECONDS = 900
ALLOWED_PARAMETERS = frozenset(
    {
        "action",
        "version",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    }
)


class TokenRefusedError(Exception):
    """The token does not let its bearer in; the text is the authenticator's own."""


@dataclass(frozen=True)
class SignedIdentityRequest:
    """The presigned GetCallerIdentity inside a token, found to be well-formed."""

    host: str
    query: str
    """The query string exactly as it was signed."""
    access_key_id: str


def read_token(token: str, hosts: Set[str], now: datetime) -> SignedIdentityRequest:
    """The request inside `token`, which must be signed for one of `hosts` ("HOST:PORT").

    Raises TokenRefusedError for whatever aws-iam-authenticator refuses before asking STS.
    """
    if len(token.encode()) > MAX_TOKEN_BYTES:
        raise _malformed("token is too large")
    if not token.startswith(PREFIX):
        raise _malformed(f'token is missing expected "{PREFIX}" prefix')
    url = urlsplit(_decoded(token.removeprefix(PREFIX)))
    if url.scheme not in ("http", "https"):
        raise _malformed(f'unexpected scheme "{url.scheme}" in pre-signed URL')
    if url.netloc not in hosts:
        raise _malformed(f'unexpected hostname "{url.netloc}" in pre-signed URL')
    if url.path != "/":
        raise _malformed("unexpected path in pre-signed URL")
    parameters = _parameters(url.query)
    _check_parameters(parameters)
    _check_age(parameters.get("x-amz-date", ""), now)
    access_key_id = parameters.get("x-amz-credential", "").split("/")[0]
    return SignedIdentityRequest(url.netloc, url.query, access_key_id)


def _malformed(why: str) -> TokenRefusedError:
    return TokenRefusedError(f"input token was not properly formatted: {why}")


def _decoded(encoded: str) -> str:
    if "=" in encoded:
        raise _malformed("illegal base64 data: padding is not expected")
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _malformed(f"illegal base64 data: {error}") from error


def _parameters(query: str) -> dict[str, str]:
    """The query's parameters by their names in lower case, each allowed and given once."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise _malformed("malformed query parameter") from error
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name.lower() not in ALLOWED_PARAMETERS:
            raise _malformed(f'non-whitelisted query parameter "{name}"')
        if name.lower() in parameters:
            raise _malformed("query parameter with multiple values not supported")
        parameters[name.lower()] = value
    return parameters


def _check_parameters(parameters: dict[str, str]) -> None:
    if parameters.get("action") != "GetCallerIdentity":
        raise _malformed("unexpected action parameter in pre-signed URL")
    signed = parameters.get("x-amz-signedheaders", "").lower().split(";")
    if CLUSTER_HEADER not in signed:
        raise _malformed(f"client did not sign the {CLUSTER_HEADER} header in the pre-signed URL")
    expires = parameters.get("x-amz-expires", "")
    # Go's Atoi answers 0 for what is no number, and 0 is what the authenticator then prints.
    number = int(expires) if expires.isascii() and expires.isdecimal() else None
    if number is None or number > MAX_EXPIRES_SECONDS:
        raise _malformed(f"invalid X-Amz-Expires parameter in pre-signed URL: {number or 0}")


def _check_age(date: str, now: datetime) -> None:
    if not date:
        raise _malformed("X-Amz-Date parameter must be present in pre-signed URL")
    try:
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise _malformed(
            f"error parsing X-Amz-Date parameter {date} into format 20060102T150405Z: {error}"
        ) from error
    if now > signed_at + LIFETIME:
        raise _malformed(f"X-Amz-Date parameter is expired (15 minute expiration) {signed_at}")
