"""A management cluster's API server, asked as kubectl asks it, without a process each time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from sigopt_operator.api.resource import API_VERSION, PLURAL
from sigopt_operator.runtime import nesting
from sigopt_sandbox.kubernetes import read_access

DRY = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": "kubectl-create"}
"""As `kubectl create --dry-run=server` sends them."""
JSON, YAML = "application/json", "application/yaml"
PATCH = "application/json-patch+json"


@dataclass(frozen=True)
class Answer:
    """What it says."""

    status: int
    message: str
    """Of a refusal; empty where it takes it."""
    stored: dict[str, Any] = field(default_factory=dict)
    """What it would store: pruned, and with its defaults. Empty where it refuses."""

    @property
    def taken(self) -> bool:
        """Whether it is not refused."""
        return self.status < 300


class ApiServer:
    """Of one kubeconfig; safe to use from several threads."""

    def __init__(self, kubeconfig: Path) -> None:
        access = read_access(kubeconfig)
        self._server = access.server
        self._pool = urllib3.PoolManager(
            ca_cert_data=access.authority.decode(),
            headers={"Authorization": f"Bearer {access.token}"},
            maxsize=8,
        )

    def create(self, manifest: bytes | dict[str, Any], *, namespace: str = "default") -> Answer:
        """Whether it would take it for a new one, in JSON or YAML; nothing is stored."""
        kind = YAML if isinstance(manifest, bytes) and manifest[:1] != b"{" else JSON
        return self._send("POST", f"namespaces/{namespace}/{PLURAL}", manifest, kind)

    def replace(self, name: str, manifest: dict[str, Any], *, namespace: str) -> Answer:
        """Whether it would take it in the place of the one that is there; nothing is stored."""
        path = f"namespaces/{namespace}/{PLURAL}/{name}"
        return self._send("PUT", path, manifest, JSON)

    def write_status(self, name: str, status: object, *, namespace: str) -> Answer:
        """Whether it would take it for the status of the one that is there; nothing is stored."""
        path = f"namespaces/{namespace}/{PLURAL}/{name}/status"
        patch = [{"op": "add", "path": "/status", "value": status}]
        return self._send("PATCH", path, patch, PATCH)

    def _send(self, method: str, path: str, manifest: Any, content_type: str) -> Answer:
        body = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        answer = self._pool.request(
            method,
            f"{self._server}/apis/{API_VERSION}/{path}?{urlencode(DRY)}",
            body=body,
            headers={**self._pool.headers, "Content-Type": content_type},
            timeout=60,
        )
        found = nesting.loads(answer.data)
        if answer.status < 300:
            return Answer(answer.status, "", found)
        return Answer(answer.status, found["message"])
