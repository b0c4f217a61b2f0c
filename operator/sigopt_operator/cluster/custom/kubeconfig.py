"""A kubeconfig, read for its current context; what would run or read anything here is refused.

The fields: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. Other contexts may say
what they like, since nothing of them is used.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sigopt_operator.cluster.custom.credentials import Credentials, credentials_of, decoded_pem
from sigopt_operator.cluster.custom.errors import KubeconfigError
from sigopt_operator.cluster.custom.text import Plain, read_plain
from sigopt_operator.cluster.custom.tls import context_of
from sigopt_operator.plan.connection.fault import Fault

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>\d{1,5}))?(?P<path>/[\w/.~%-]*)?",
    re.ASCII,
)
"""No name and password, no query, no zone: nothing that two parsers could read in two ways."""
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|[0-9A-Fa-f:.]+", re.ASCII)
HTTPS: Final = 443
LONGEST: Final = 512
"""Characters of a server's URL; it stands in the status."""
SPOKEN: Final = 100
"""Characters of a name that are repeated in a message."""

A_FILE: Final = "names a file, which would be read where the operator runs"
FLATTEN: Final = "kubectl config view --raw --minify --flatten puts files inline"
WITH_TOKEN: Final = "make a kubeconfig with a token or a client certificate in it"  # noqa: S105 - an advice
REFUSED: Final = {
    "certificate-authority": f"{A_FILE}; {FLATTEN}",
    "proxy-url": "would lead the operator through somebody's proxy; give a server that it reaches",
    "exec": f"would run a program where the operator runs; {WITH_TOKEN}",
    "auth-provider": f"would log in by code of the operator's; {WITH_TOKEN}",
    "client-certificate": f"{A_FILE}; {FLATTEN}",
    "client-key": f"{A_FILE}; {FLATTEN}",
    "tokenFile": f"{A_FILE}; write the token itself as token",
    "username": f"is a password login, which Kubernetes has given up; {WITH_TOKEN}",
    "password": f"is a password login, which Kubernetes has given up; {WITH_TOKEN}",
    "as": "acts as somebody else; give the credentials of who is meant",
    "as-uid": "acts as somebody else; give the credentials of who is meant",
    "as-groups": "acts as somebody else; give the credentials of who is meant",
    "as-user-extra": "acts as somebody else; give the credentials of who is meant",
}
"""Fields that are not acted upon, and what to do instead. Passing them over would connect in
another way than the kubeconfig says."""
NO: Final = frozenset({"", "false", "no", "off", "n"})


@dataclass(frozen=True)
class Kubeconfig:
    """What of a kubeconfig leads into its cluster: complete, and nothing in it refused."""

    url: str
    """https, without a slash at the end; may have a path."""
    host: str
    port: int
    server_name: str
    """Which the server's certificate has to be for."""
    authority: str = field(repr=False)
    """PEM."""
    credentials: Credentials
    tls: ssl.SSLContext = field(repr=False, compare=False)


def parse(data: bytes) -> Kubeconfig:
    """The current context of a kubeconfig; KubeconfigError says which part is wrong or refused."""
    config = read_plain(data)
    current = _text(config, "current-context")
    if not current:
        raise _incomplete(
            "has no current-context: kubectl config use-context NAME --kubeconfig FILE sets it"
        )
    context = _named(config, "contexts", "context", current)
    cluster_name, user_name = _text(context, "cluster"), _text(context, "user")
    for kind, name in (("cluster", cluster_name), ("user", user_name)):
        if not name:
            raise _incomplete(f"context {_short(current)} names no {kind}")
    cluster = _named(config, "clusters", "cluster", cluster_name)
    user = _named(config, "users", "user", user_name)
    refused = [*_refused(cluster, cluster_name), *_refused(user, user_name)]
    if refused:
        raise KubeconfigError(Fault("KubeconfigRefused", "; ".join(refused)))
    return _of(cluster, _short(cluster_name), user, _short(user_name))


def _of(
    cluster: Mapping[str, Plain], cluster_name: str, user: Mapping[str, Plain], user_name: str
) -> Kubeconfig:
    url = _server(_text(cluster, "server"), cluster_name)
    host = url["host"].strip("[]")
    server_name = _text(cluster, "tls-server-name") or host.rstrip(".")
    if not _NAME.fullmatch(server_name):
        raise _invalid(f"tls-server-name of cluster {cluster_name} is no name of a server")
    authority = _authority(cluster.get("certificate-authority-data"), cluster_name)
    credentials = credentials_of(user, user_name)
    return Kubeconfig(
        url=url.group().rstrip("/"),
        host=host,
        port=int(url["port"] or HTTPS),
        server_name=server_name,
        authority=authority,
        credentials=credentials,
        tls=context_of(authority, credentials, user_name),
    )


def _server(text: str, cluster: str) -> re.Match[str]:
    if not text:
        raise _incomplete(f"cluster {cluster} has no server")
    url = _URL.fullmatch(text) if len(text) <= LONGEST else None
    if url is None:
        raise _invalid(
            f"the server of cluster {cluster} is no URL of the form https://HOST:PORT (a path may "
            f"follow; names with other letters than a to z are written as xn--...)"
        )
    if url["scheme"].lower() != "https":
        raise _invalid(
            f"the server of cluster {cluster} is {_short(url['scheme'])}://, and only https:// is "
            f"used: credentials would be sent in the clear"
        )
    if not 0 < int(url["port"] or HTTPS) < 65536:
        raise _invalid(f"the server of cluster {cluster} has a port that does not exist")
    return url


def _authority(value: Plain, cluster: str) -> str:
    try:
        authority = decoded_pem(value, f"certificate-authority-data of cluster {cluster}")
    except ValueError as error:
        raise KubeconfigError(Fault("CertificateAuthorityUnreadable", str(error))) from None
    if authority is None:
        raise _incomplete(
            f"cluster {cluster} has no certificate-authority-data: the certificates by which its "
            f"server is verified, also where a public authority signed them"
        )
    return authority


def _refused(entry: Mapping[str, Plain], name: str) -> Iterator[str]:
    for key, why in REFUSED.items():
        if entry.get(key):
            yield f"{key} of {_short(name)} {why}"
    insecure = entry.get("insecure-skip-tls-verify")
    if insecure is not None and str(insecure).lower() not in NO:
        yield (
            f"insecure-skip-tls-verify of {_short(name)} is not followed, since certificates are "
            f"always verified; write certificate-authority-data instead"
        )


def _named(config: Mapping[str, Plain], kinds: str, kind: str, name: str) -> dict[str, Plain]:
    """The content of the one entry of that name."""
    entries = config.get(kinds)
    listed = entries if isinstance(entries, list) else []
    found = [each for each in listed if isinstance(each, dict) and each.get("name") == name]
    if not found:
        raise _incomplete(f"there is no {kind} {_short(name)} among its {kinds}")
    if len(found) > 1:
        raise _incomplete(f"there are several {kinds} called {_short(name)}")
    content = found[0].get(kind)
    if not isinstance(content, dict):
        raise _incomplete(f"{kind} {_short(name)} is empty")
    return content


def _text(entry: Mapping[str, Plain], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""


def _short(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= SPOKEN else f"{printable[:SPOKEN]}..."


def _incomplete(told: str) -> KubeconfigError:
    return KubeconfigError(Fault("KubeconfigIncomplete", told))


def _invalid(told: str) -> KubeconfigError:
    return KubeconfigError(Fault("ServerInvalid", told))
