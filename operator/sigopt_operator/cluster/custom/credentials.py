"""As whom a kubeconfig logs in: a bearer token, a client certificate, or both."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sigopt_operator.cluster.custom.certificates import validity_of
from sigopt_operator.cluster.custom.errors import KubeconfigError
from sigopt_operator.cluster.custom.text import Plain
from sigopt_operator.plan.connection.fault import Fault

_TOKEN = re.compile(r"[\x21-\x7e]+")
_ENCRYPTED = re.compile(r"ENCRYPTED")


@dataclass(frozen=True)
class Credentials:
    """What is shown to the server; at least one of token and certificate."""

    token: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)
    """PEM; others of its chain may follow."""
    key: str | None = field(default=None, repr=False)
    """PEM, not encrypted."""
    token_ends: datetime | None = None
    """Where the token is a JWT that says so."""
    certificate_ends: datetime | None = None

    def expired(self, now: datetime) -> Fault | None:
        """Why a server does not know them any more, as far as they tell that themselves."""
        if self.token_ends is not None and self.token_ends <= now:
            told = f"the kubeconfig's token expired on {_spoken(self.token_ends)}; {RENEW}"
            return Fault("TokenExpired", told)
        if self.certificate_ends is not None and self.certificate_ends <= now:
            ended = _spoken(self.certificate_ends)
            told = f"the kubeconfig's client certificate expired on {ended}; {RENEW}"
            return Fault("ClientCertificateExpired", told)
        return None


RENEW = "write a kubeconfig with new credentials into the Secret; it is looked at within seconds"


def credentials_of(user: Mapping[str, Plain], name: str) -> Credentials:
    """Those of a user's entry; KubeconfigError where they are missing or cannot be used."""
    token = _token(user.get("token"), name)
    certificate = _pem(
        user.get("client-certificate-data"), f"client-certificate-data of user {name}"
    )
    key = _pem(user.get("client-key-data"), f"client-key-data of user {name}")
    if bool(certificate) != bool(key):
        missing = "client-key-data" if certificate else "client-certificate-data"
        raise _incomplete(f"user {name} lacks {missing}: a certificate and its key belong together")
    if not token and not certificate:
        raise _incomplete(
            f"user {name} has no credentials: it needs a token, or client-certificate-data with "
            f"client-key-data"
        )
    if key and _ENCRYPTED.search(key):
        raise _no_certificate(f"client-key-data of user {name} is encrypted; write it decrypted")
    ends = None
    if certificate:
        try:
            ends = validity_of(certificate).ends
        except ValueError:
            told = f"client-certificate-data of user {name} holds no certificate in PEM"
            raise _no_certificate(told) from None
    return Credentials(token, certificate, key, _token_ends(token), ends)


def decoded_pem(value: Plain, where: str) -> str | None:
    """The text behind base64; None where nothing stands. ValueError says what it is instead."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"{where} is no text")
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("ascii")
    except ValueError:
        raise ValueError(f"{where} is not the base64 of a text in PEM") from None


def _pem(value: Plain, where: str) -> str | None:
    try:
        return decoded_pem(value, where)
    except ValueError as error:
        raise _no_certificate(str(error)) from None


def _token(value: Plain, name: str) -> str | None:
    if value is None or value == "":
        return None
    token = value.strip() if isinstance(value, str) else ""
    if not _TOKEN.fullmatch(token):
        told = (
            f"the token of user {name} is none: it has blanks, line breaks or other characters "
            f"that no token has; write it anew, in one line"
        )
        raise KubeconfigError(Fault("TokenUnreadable", told))
    return token


def _token_ends(token: str | None) -> datetime | None:
    """`exp` of a JWT (RFC 7519, 4.1.4), not verified: it only explains what a server refuses."""
    parts = (token or "").split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, OSError, RecursionError):
        return None


def _spoken(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d at %H:%M UTC")


def _incomplete(told: str) -> KubeconfigError:
    return KubeconfigError(Fault("KubeconfigIncomplete", told))


def _no_certificate(told: str) -> KubeconfigError:
    return KubeconfigError(Fault("ClientCertificateUnreadable", told))
