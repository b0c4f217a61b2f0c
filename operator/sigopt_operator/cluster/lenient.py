"""TLS towards API servers, verified as kubectl does it: without OpenSSL's strict mode.

`ssl.create_default_context` sets VERIFY_X509_STRICT from Python 3.13 on, as its document says, and
urllib3 does so too. That refuses an authority whose certificate has no key identifiers. EKS has
made such ones, and a cluster keeps its authority through every upgrade: those of Kubernetes 1.16
and older, says kubernetes-client/python#2394; newer ones too, say others (awslabs/mcp#3791).
Chain, dates and names are verified as ever.
"""

from __future__ import annotations

import ssl

from kubernetes.client import ApiClient
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context, resolve_cert_reqs


def lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, without that one flag."""
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def leniently(api: ApiClient) -> ApiClient:
    """The client, each connection of which has such a context."""
    pools = {"http": HTTPConnectionPool, "https": _Pool}
    api.rest_client.pool_manager.pool_classes_by_scheme = pools
    return api


class _Connection(HTTPSConnection):
    """Has a context of its own, as urllib3 would make it: it reads the files of a configuration,
    which may have been written anew, into it whenever it connects.
    """

    def connect(self) -> None:
        """See `HTTPConnection.connect`."""
        self.ssl_context = lenient(
            create_urllib3_context(cert_reqs=resolve_cert_reqs(self.cert_reqs))
        )
        if not self.ca_certs and not self.ca_cert_data:
            self.ssl_context.load_default_certs()
        super().connect()


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection
