"""The way to the API server, in kopf's words."""

from __future__ import annotations

from typing import Any

import aiohttp
import kopf

from sigopt_operator.cluster.lenient import lenient
from sigopt_operator.runtime import nesting


def connection(found: Any) -> kopf.ConnectionInfo:
    """A configuration of the official client, in kopf's words."""
    header = found.get_api_key_with_prefix("BearerToken", alias="authorization") or ""
    scheme, _, token = header.rpartition(" ")
    return kopf.ConnectionInfo(
        server=found.host,
        ca_path=found.ssl_ca_cert,
        insecure=not found.verify_ssl,
        username=found.username or None,
        password=found.password or None,
        scheme=scheme or None,
        token=token or None,
        certificate_path=found.cert_file,
        private_key_path=found.key_file,
    )


def session(info: kopf.ConnectionInfo) -> kopf.AiohttpSession:
    """The session that kopf would make of it, but for what no JSON can do to it, and lenient."""
    made = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=lenient(info.as_ssl_context())),
        headers=info.as_http_headers(),
        response_class=nesting.Response,
    )
    return kopf.AiohttpSession(server=info.server, aiohttp_session=made)
