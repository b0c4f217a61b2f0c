"""Which link of the way to an API server broke: an exception of the client as a Fault."""

from __future__ import annotations

import errno
import json
import re
import socket
import ssl
from collections.abc import Iterator

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import NameResolutionError
from urllib3.exceptions import TimeoutError as ClientTimeoutError

from sigopt_operator.cluster.custom.errors import AddressRefusedError
from sigopt_operator.plan.connection.fault import Fault

UNAUTHORIZED, FORBIDDEN, TOO_MANY = 401, 403, 429
EXPIRED, NOT_YET = 10, 9
OTHER_NAME, OTHER_ADDRESS = 62, 64
"""Codes of OpenSSL's verification: X509_V_ERR_... in openssl/x509_vfy.h."""
_USER = re.compile(r'User "([\w:@./+=-]{1,253})"')
_NOT_ACCEPTED = re.compile("ALERT.*(CERTIFICATE|UNKNOWN_CA|DECRYPT_ERROR|ACCESS_DENIED)")
"""What a server says to a certificate that is shown to it (RFC 8446, 6.2), in OpenSSL's words."""
NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL)


def diagnose(error: BaseException, url: str) -> Fault:
    """What is wrong and what to do, for a server of that URL; quotes nothing of a server's answer
    but the name that it knows its caller by.
    """
    chain = tuple(_chain(error))
    for each in chain:
        fault = _of_tls(each, url) or _of_network(each, url)
        if fault is None and isinstance(each, ApiException) and each.status:
            fault = _answered(each.status, each, url)
        if fault is not None:
            return fault
    if any(isinstance(each, OSError) for each in chain):
        return _broken(url, "broke off")
    return _no_kubernetes(url, "something else than a Kubernetes API server does")


def _of_tls(error: BaseException, url: str) -> Fault | None:
    match error:
        case ssl.SSLCertVerificationError():
            return _untrusted(error, url)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return _broken(url, "broke off in the TLS handshake")
        case ssl.SSLError():
            return _no_tls(error, url)
    return None


def _of_network(error: BaseException, url: str) -> Fault | None:
    match error:
        case AddressRefusedError():
            return error.fault
        case socket.gaierror():
            return _no_name(url, passing=error.errno == socket.EAI_AGAIN)
        case NameResolutionError():
            return None  # what it came from says more
        case TimeoutError() | ClientTimeoutError():
            told = f"{url} does not answer in time; {_REACH}"
            return Fault("ServerTimedOut", told, passing=True, slow=True)
        case ConnectionRefusedError():
            told = f"{url} refuses the connection: nothing listens on that port; {_REACH}"
            return Fault("ConnectionRefused", told, passing=True)
        case OSError(errno=int(number)) if number in NO_ROUTE:
            told = f"there is no route to {url}; {_REACH}"
            return Fault("ServerUnreachable", told, passing=True)
    return None


_REACH = (
    "is the server there, is it the right address, and may the operator's pods reach it (network "
    "policies, firewalls, endpoints that are private to a network)?"
)
_SAME = "are they this cluster's (certificate-authority-data)?"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from; the client library wraps some in others' arguments."""
    seen: set[int] = set()
    todo: list[BaseException] = [error]
    while todo:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (*one.args, one.__cause__, one.__context__)
        todo += [each for each in inner if isinstance(each, BaseException)]


def _broken(url: str, what: str) -> Fault:
    return Fault("ConnectionBroken", f"the connection to {url} {what}; {_REACH}", passing=True)


def _untrusted(error: ssl.SSLCertVerificationError, url: str) -> Fault:
    if error.verify_code in (EXPIRED, NOT_YET):
        told = (
            f"the certificate of {url} is not valid now (certificate verify failed: expired or not "
            f"yet valid); who runs the server has to renew it"
        )
        return Fault("ServerCertificateExpired", told)
    if error.verify_code in (OTHER_NAME, OTHER_ADDRESS):
        told = (
            f"the certificate of {url} is for another name (certificate verify failed: name "
            f"mismatch); give the server by a name in it, or that name as tls-server-name"
        )
        return Fault("ServerNameMismatch", told)
    told = (
        f"the certificate of {url} is not trusted by the certificates that it is to be verified "
        f"with (certificate verify failed: {error.verify_message}); {_SAME} If its authority was "
        f"renewed, write the new one"
    )
    return Fault("ServerNotTrusted", told)


def _no_tls(error: ssl.SSLError, url: str) -> Fault:
    if _NOT_ACCEPTED.search(str(error.reason or "")):
        told = f"{url} does not accept the client certificate; write one that it has signed"
        return Fault("Unauthorized", told)
    told = f"{url} does not speak TLS as an API server does; is it the right port?"
    return Fault("ServerSpeaksNoTls", told)


def _no_name(url: str, *, passing: bool) -> Fault:
    told = (
        f"the name in {url} is not resolved: {'no answer from DNS' if passing else 'no such name'}"
    )
    return Fault("NameNotResolved", f"{told}; {_REACH}", passing=passing)


def _answered(status: int, error: ApiException, url: str) -> Fault:
    if status == UNAUTHORIZED:
        told = (
            f"{url} does not know the kubeconfig's credentials (401 Unauthorized): they were "
            f"revoked, have expired, or are another cluster's"
        )
        return Fault("Unauthorized", told)
    if status == FORBIDDEN:
        return _forbidden(error, url)
    if status >= 500 or status == TOO_MANY:
        told = f"{url} answers {status}: its API server, or what is before it, is in trouble"
        return Fault("ServerFailing", told, passing=True)
    if 300 <= status < 400:
        return _no_kubernetes(url, f"{status}, and redirects are never followed")
    return _no_kubernetes(url, f"{status}")


def _forbidden(error: ApiException, url: str) -> Fault:
    found = _USER.search(_message(error))
    who = f'user "{found[1]}"' if found else "the kubeconfig's user"
    told = (
        f"{url} lets {who} in, but not read its version and list its nodes (403 Forbidden). Who "
        f"administers the cluster has to allow it: kubectl create clusterrole sigopt-look "
        f"--verb=list --resource=nodes && kubectl create clusterrolebinding sigopt-look "
        f"--clusterrole=sigopt-look {_subject(found[1] if found else 'USER')}"
    )
    return Fault("Forbidden", told)


def _message(error: ApiException) -> str:
    """What a Status says, if it is one."""
    body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else error.body
    try:
        told = json.loads(body or "")
        return str(told["message"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _subject(user: str) -> str:
    account = user.removeprefix("system:serviceaccount:")
    return f"--user={user}" if account == user else f"--serviceaccount={account}"


def _no_kubernetes(url: str, what: str) -> Fault:
    told = f"{url} answers as no Kubernetes API server: {what}; is it the server's right URL?"
    return Fault("NotKubernetes", told)
