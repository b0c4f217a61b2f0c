"""Certificates as tests want them: of any name, and of any time."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: str
    key: str


class Authority:
    """Signs certificates; each has a key of its own."""

    def __init__(self, name: str = "an authority") -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = self._draft(self._name, self._key, datetime.now(UTC) + 30 * DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.pem = _pem(made.sign(self._key, hashes.SHA256()))

    def pair(self, *hosts: str, ends: datetime | None = None) -> Pair:
        """For servers of these names and addresses; without any, for a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
        draft = self._draft(subject, key, ends or datetime.now(UTC) + DAY)
        if hosts:
            names = x509.SubjectAlternativeName([_name(host) for host in hosts])
            draft = draft.add_extension(names, critical=False)
        return Pair(_pem(draft.sign(self._key, hashes.SHA256())), _key_pem(key))

    def _draft(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, ends: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(ends - 60 * DAY)
            .not_valid_after(ends)
        )


def encrypted(pem: str) -> str:
    """The same private key behind a password."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    ).decode()


def b64(text: str) -> str:
    """As a kubeconfig has it."""
    return base64.b64encode(text.encode()).decode()


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
