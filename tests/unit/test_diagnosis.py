"""Which link broke, whatever the client library has wrapped around it."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import SSLError as ClientSslError

from sigopt_operator.cluster.custom.errors import AddressRefusedError
from sigopt_operator.cluster.diagnosis import diagnose
from sigopt_operator.plan.connection.fault import Fault

URL = "https://10.1.2.3:6443"


def verify_failed(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "in OpenSSL's words"
    return error


def alert(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "an alert")
    error.reason = reason
    return error


def aborted(error: Exception) -> Exception:
    return ProtocolError("Connection aborted.", error)


def of_the_client(error: Exception) -> Exception:
    """As its `rest` module raises it: the cause is only in the context."""
    try:
        try:
            raise ClientSslError(error)
        except ClientSslError:
            raise ApiException(status=0, reason="SSLError")  # noqa: B904 - as it does
    except ApiException as raised:
        return raised


@pytest.mark.parametrize(
    ("error", "reason", "passing"),
    [
        pytest.param(OSError(errno.EHOSTUNREACH, "no"), "ServerUnreachable", True, id="no route"),
        pytest.param(OSError(errno.ENETUNREACH, "no"), "ServerUnreachable", True, id="no network"),
        pytest.param(ConnectionRefusedError(), "ConnectionRefused", True, id="refused"),
        pytest.param(ConnectionResetError(), "ConnectionBroken", True, id="reset"),
        pytest.param(TimeoutError(), "ServerTimedOut", True, id="slow"),
        pytest.param(socket.gaierror(socket.EAI_NONAME, ""), "NameNotResolved", False, id="name"),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, ""), "NameNotResolved", True, id="DNS"),
        pytest.param(verify_failed(20), "ServerNotTrusted", False, id="another authority"),
        pytest.param(verify_failed(10), "ServerCertificateExpired", False, id="expired"),
        pytest.param(verify_failed(9), "ServerCertificateExpired", False, id="not yet valid"),
        pytest.param(verify_failed(62), "ServerNameMismatch", False, id="another name"),
        pytest.param(verify_failed(64), "ServerNameMismatch", False, id="another address"),
        pytest.param(
            alert("SSLV3_ALERT_CERTIFICATE_EXPIRED"), "Unauthorized", False, id="client's expired"
        ),
        pytest.param(alert("TLSV1_ALERT_UNKNOWN_CA"), "Unauthorized", False, id="client's CA"),
        pytest.param(alert("WRONG_VERSION_NUMBER"), "ServerSpeaksNoTls", False, id="no TLS"),
        pytest.param(ssl.SSLEOFError(8, "EOF"), "ConnectionBroken", True, id="cut in TLS"),
        pytest.param(
            AddressRefusedError(Fault("AddressRefused", "no")), "AddressRefused", False, id="no"
        ),
    ],
)
@pytest.mark.parametrize("wrapped", [lambda error: error, aborted, of_the_client])
def test_it_is_told_by_what_is_at_the_bottom(
    error: Exception, reason: str, passing: bool, wrapped: Any
) -> None:
    found = diagnose(wrapped(error), URL)
    assert (found.reason, found.passing) == (reason, passing)


def test_what_nobody_foresaw_is_no_kubernetes_and_quotes_nothing() -> None:
    found = diagnose(ValueError("canary"), URL)
    assert found.reason == "NotKubernetes"
    assert "canary" not in found.message


@pytest.mark.parametrize("name", ['a"; rm -rf /', "$(id)", "a b", "x" * 300, "`id`"])
def test_a_name_that_is_none_never_gets_into_a_command(name: str) -> None:
    error = ApiException(status=403, reason="Forbidden")
    error.body = '{"message": "User \\"NAME\\" cannot"}'.replace("NAME", name.replace('"', ""))
    found = diagnose(error, URL)
    assert found.reason == "Forbidden"
    assert name not in found.message
    assert found.message.endswith("--user=USER")
