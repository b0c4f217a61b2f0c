"""TLS towards the server of a kubeconfig: verified by its own authority and nothing else."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sigopt_operator.cluster.custom.credentials import Credentials
from sigopt_operator.cluster.custom.errors import KubeconfigError
from sigopt_operator.plan.connection.fault import Fault


def context_of(authority: str, credentials: Credentials, user: str) -> ssl.SSLContext:
    """Trusts the authority's certificates alone, and shows the client certificate if there is one.

    Verification is the context's, and nothing can switch it off. As kubectl does, a certificate in
    the bundle is trusted whether or not it signed itself. KubeconfigError says which part is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cadata=authority)
    except (ssl.SSLError, ValueError):
        told = "certificate-authority-data holds no certificate in PEM"
        raise KubeconfigError(Fault("CertificateAuthorityUnreadable", told)) from None
    if credentials.certificate and credentials.key:
        _show(context, credentials.certificate, credentials.key, user)
    return context


def _show(context: ssl.SSLContext, certificate: str, key: str, user: str) -> None:
    with ExitStack() as stack:
        shown, by = (stack.enter_context(_in_memory(pem)) for pem in (certificate, key))
        try:
            # An empty password: OpenSSL would ask the terminal for that of an encrypted key.
            context.load_cert_chain(shown, by, password="")
        except ssl.SSLError as error:
            told = f"client-key-data of user {user} holds no private key in PEM that can be used"
            if error.reason == "KEY_VALUES_MISMATCH":
                told = f"client-key-data of user {user} is not the key of client-certificate-data"
            raise KubeconfigError(Fault("ClientCertificateUnreadable", told)) from None


@contextmanager
def _in_memory(pem: str) -> Iterator[str]:
    """A path that leads to this text and into no file system: OpenSSL wants keys as files."""
    descriptor = os.memfd_create("pem")
    try:
        with os.fdopen(descriptor, "w", closefd=False) as file:
            file.write(pem)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
