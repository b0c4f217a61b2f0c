"""The certificates of one endpoint: an authority of its own, and what it serves with."""

from __future__ import annotations

import base64
import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=3650)
"""EKS issues authorities for ten years; no sandbox outlives one."""


@dataclass(frozen=True)
class ServingCertificates:
    """An authority's certificate, and a certificate and key for https://127.0.0.1, as PEM."""

    authority: bytes
    certificate: bytes
    key: bytes

    @property
    def authority_data(self) -> str:
        """What DescribeCluster answers as certificateAuthority.data: the PEM in base64."""
        return base64.b64encode(self.authority).decode()

    def write(self, directory: Path) -> None:
        """Put ca.crt, serving.crt and serving.key (mode 0600) into `directory`."""
        (directory / "ca.crt").write_bytes(self.authority)
        (directory / "serving.crt").write_bytes(self.certificate)
        write_private(directory / "serving.key", self.key)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    path.touch(mode=0o600)
    path.write_bytes(content)


def private_key() -> bytes:
    """A new P-256 private key as PEM, as API servers take it for service account tokens."""
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def serving_certificates(name: str) -> ServingCertificates:
    """A new authority for the cluster `name`, and a serving certificate that it signed."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    serving_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    authority = (
        _draft(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False
        )
        .add_extension(_authority_usage(), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    # A common name holds 64 characters, a cluster's name 100.
    serving_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        _draft(serving_name, authority_name, serving_key.public_key())
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
                    x509.DNSName("localhost"),
                    x509.DNSName("kubernetes.default.svc"),
                ]
            ),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    return ServingCertificates(
        authority.public_bytes(serialization.Encoding.PEM),
        certificate.public_bytes(serialization.Encoding.PEM),
        _pem(serving_key),
    )


def server_context(directory: Path) -> ssl.SSLContext:
    """TLS for a server of ours, from what `ServingCertificates.write` put into `directory`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "serving.crt", directory / "serving.key")
    return context


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
    )


def _authority_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
