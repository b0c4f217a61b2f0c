"""Kubeconfigs as people have them, right but for what a test changes."""

from __future__ import annotations

import json
import socket
from typing import Any

import yaml
from tests.fakes.authority import Authority, b64

from sigopt_operator.cluster.custom.addresses import AddressRules
from sigopt_operator.cluster.custom.dialer import Dialer, Endpoint

TOKEN = "canary-of-a-token"
AUTHORITY = Authority()


def resolve(host: str, port: int) -> tuple[Endpoint, ...]:
    """Every name is this machine's; only those that begin with `no-` are nobody's."""
    if host.startswith("no-"):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")
    if host.startswith("slow-"):
        raise socket.gaierror(socket.EAI_AGAIN, "later")
    return (Endpoint(socket.AF_INET, ("127.0.0.1", port)),)


DIALER = Dialer(AddressRules(allow_loopback=True), (("api.management.example.com", 1),), resolve)


def config(
    server: str = "https://cluster.example.com:6443",
    *,
    cluster: dict[str, Any] | None = None,
    user: dict[str, Any] | None = None,
    **top: Any,
) -> dict[str, Any]:
    """With one context; None takes a field away, in `cluster`, `user`, and at the top."""
    trusted = {"server": server, "certificate-authority-data": b64(AUTHORITY.pem)}
    whole = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "theirs", "cluster": _merged(trusted, cluster)}],
        "users": [{"name": "somebody", "user": _merged({"token": TOKEN}, user)}],
        "contexts": [{"name": "here", "context": {"cluster": "theirs", "user": "somebody"}}],
        "current-context": "here",
    }
    return _merged(whole, {key.replace("_", "-"): value for key, value in top.items()})


def text(found: dict[str, Any]) -> bytes:
    """As it stands in a Secret; without YAML's aliases."""
    return yaml.safe_dump(json.loads(json.dumps(found)), sort_keys=False).encode()


def _merged(base: dict[str, Any], over: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in {**base, **(over or {})}.items() if value is not None}
