"""With which settings and flags the programs of one cluster are started. Pure but for writing."""

from __future__ import annotations

from pathlib import Path

from sigopt_sandbox.clusters.endpoints import TOKEN_CACHE_SECONDS
from sigopt_sandbox.clusters.nodes import KWOK_ANNOTATION
from sigopt_sandbox.kubernetes import ApiServerSettings
from sigopt_sandbox.kubernetes.api_server import webhook_config
from sigopt_sandbox.kubernetes.certificates import (
    ServingCertificates,
    private_key,
    write_private,
)

_AUTHORIZED_SECONDS, _UNAUTHORIZED_SECONDS = 2, 1
"""How long the API server remembers what access policies allow; on EKS, changes take seconds."""

CONTROLLERS = ("*",)
CONTROLLER_FLAGS = (
    # A busy machine must not make healthy nodes unready: kwok renews leases every 10 s.
    "--node-monitor-grace-period=300s",
    "--kube-api-qps=200",
    "--kube-api-burst=400",
)


def api_server_settings(
    name: str, directory: Path, logs: Path, etcd_url: str, etcd_prefix: str, webhooks_url: str
) -> ApiServerSettings:
    """The API server of an EKS cluster; `webhooks_url` is the cluster's own path there."""
    authorizer = directory / "authorization-webhook.yaml"
    return ApiServerSettings(
        name=name,
        directory=directory,
        logs=logs,
        etcd_url=etcd_url,
        etcd_prefix=etcd_prefix,
        authentication_webhook=f"{webhooks_url}/authenticate",
        anonymous=False,
        flags=(
            f"--authentication-token-webhook-cache-ttl={TOKEN_CACHE_SECONDS}s",
            "--authorization-mode=Node,Webhook",  # added to RBAC, which every API server has
            f"--authorization-webhook-config-file={authorizer}",
            "--authorization-webhook-version=v1",
            f"--authorization-webhook-cache-authorized-ttl={_AUTHORIZED_SECONDS}s",
            f"--authorization-webhook-cache-unauthorized-ttl={_UNAUTHORIZED_SECONDS}s",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
        ),
    )


def write_files(
    settings: ApiServerSettings, certificates: ServingCertificates, webhooks_url: str
) -> None:
    """Write the files that must be there before the API server starts."""
    certificates.write(settings.directory)
    write_private(settings.service_account_key, private_key())
    authorizer = webhook_config(f"{webhooks_url}/authorize").encode()
    write_private(settings.directory / "authorization-webhook.yaml", authorizer)


def kwok_flags(kubeconfig: Path, stages: Path, port: int) -> list[str]:
    """Nodes that we made are Ready, and pods on them run; other nodes are left alone."""
    return [
        f"--kubeconfig={kubeconfig}",
        f"--config={stages}",
        f"--manage-nodes-with-annotation-selector={KWOK_ANNOTATION}=fake",
        "--node-lease-duration-seconds=40",
        f"--server-address=127.0.0.1:{port}",
    ]
