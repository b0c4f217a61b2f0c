"""The Kubernetes identity of a Pod: a token of its service account, bound to the Pod."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.resources import SERVICE_ACCOUNT

SECONDS = 86400


def has_token(pod: Mapping[str, Any]) -> bool:
    """Whether a token is mounted into the Pod (automountServiceAccountToken may say no)."""
    return any(
        "serviceAccountToken" in source
        for volume in pod["spec"].get("volumes") or ()
        for source in (volume.get("projected") or {}).get("sources") or ()
    )


async def bearer_of(pod: Mapping[str, Any], administrator: KubeApi) -> KubeApi:
    """The API server as the Pod itself reaches it.

    Raises ApiError when the service account or the Pod is no more.
    """
    metadata, spec = pod["metadata"], pod["spec"]
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {
            "expirationSeconds": SECONDS,
            "boundObjectRef": {
                "apiVersion": "v1",
                "kind": "Pod",
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
        },
    }
    account = SERVICE_ACCOUNT.path(spec.get("serviceAccountName", "default"), metadata["namespace"])
    answer = await administrator.ask(f"{account}/token", request)
    return administrator.as_bearer(str(answer["status"]["token"]))
