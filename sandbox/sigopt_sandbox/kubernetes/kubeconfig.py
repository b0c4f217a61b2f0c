"""Kubeconfig files with one cluster, one bearer token, and the authority's certificate inside."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_ONLY_ENTRY = 0


@dataclass(frozen=True)
class Access:
    """How to reach an API server as somebody."""

    server: str
    """Its URL."""
    authority: bytes
    """The PEM certificate that its own is checked against."""
    token: str = field(repr=False)
    """The bearer token."""
    user: str = "admin"
    """What the kubeconfig calls the user; the API server does not see it."""
    cluster: str = "sandbox"
    """What the kubeconfig calls the cluster."""
    namespace: str | None = None
    """The namespace of commands that name none."""


def write_kubeconfig(path: Path, access: Access) -> Path:
    """Write a kubeconfig that only its owner may read, replacing the file at once; its path."""
    context = {"cluster": access.cluster, "user": access.user}
    if access.namespace is not None:
        context["namespace"] = access.namespace
    cluster = {
        "server": access.server,
        "certificate-authority-data": base64.b64encode(access.authority).decode(),
    }
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": access.cluster, "cluster": cluster}],
        "users": [{"name": access.user, "user": {"token": access.token}}],
        "contexts": [{"name": access.cluster, "context": context}],
        "current-context": access.cluster,
    }
    write_private(path, yaml.safe_dump(config, sort_keys=False))
    return path


def read_access(path: Path) -> Access:
    """What `write_kubeconfig` wrote; KeyError or IndexError for a kubeconfig of another form."""
    config = yaml.safe_load(path.read_text())
    cluster, user = config["clusters"][_ONLY_ENTRY], config["users"][_ONLY_ENTRY]
    context = config["contexts"][_ONLY_ENTRY]["context"]
    return Access(
        server=cluster["cluster"]["server"],
        authority=base64.b64decode(cluster["cluster"]["certificate-authority-data"]),
        token=user["user"]["token"],
        user=user["name"],
        cluster=cluster["name"],
        namespace=context.get("namespace"),
    )


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 whose readers see the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.rename(path)
