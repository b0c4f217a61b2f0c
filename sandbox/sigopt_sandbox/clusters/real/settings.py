"""The files and flags with which the programs of one cluster are started. Pure but for writing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sigopt_sandbox.clusters.certificates import (
    ServingCertificates,
    private_key,
    write_private,
)
from sigopt_sandbox.clusters.endpoints import TOKEN_CACHE_SECONDS, write_admin_kubeconfig
from sigopt_sandbox.clusters.nodes import KWOK_ANNOTATION

_AUTHORIZED_SECONDS, _UNAUTHORIZED_SECONDS = 2, 1
"""How long the API server remembers what access policies allow; on EKS, changes take seconds."""


@dataclass(frozen=True)
class ControlPlaneSettings:
    """What the programs of one cluster need to know."""

    directory: Path
    port: int
    etcd_url: str
    etcd_prefix: str
    webhooks_url: str
    """The cluster's own path of the webhook server."""
    admin_token: str

    @property
    def url(self) -> str:
        """Where the API server answers."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, which the programs use too."""
        return self.directory / "kubeconfig"

    def write(self, certificates: ServingCertificates) -> None:
        """Write the files that the flags name."""
        certificates.write(self.directory)
        write_private(self.directory / "service-account.key", private_key())
        tokens = f'{self.admin_token},admin,admin,"system:masters"\n'
        write_private(self.directory / "tokens.csv", tokens.encode())
        write_admin_kubeconfig(
            self.kubeconfig, self.url, certificates.authority_data, self.admin_token
        )
        for webhook in ("authenticate", "authorize"):
            content = json.dumps(_webhook_kubeconfig(f"{self.webhooks_url}/{webhook}"))
            (self.directory / f"{webhook}.kubeconfig").write_text(content)

    def api_server(self) -> list[str]:
        """The flags of kube-apiserver."""
        files = self.directory
        return [
            f"--etcd-servers={self.etcd_url}",
            f"--etcd-prefix={self.etcd_prefix}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--tls-cert-file={files}/serving.crt",
            f"--tls-private-key-file={files}/serving.key",
            "--service-cluster-ip-range=10.100.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={files}/service-account.key",
            f"--service-account-signing-key-file={files}/service-account.key",
            "--anonymous-auth=false",
            f"--token-auth-file={files}/tokens.csv",
            f"--authentication-token-webhook-config-file={files}/authenticate.kubeconfig",
            "--authentication-token-webhook-version=v1",
            f"--authentication-token-webhook-cache-ttl={TOKEN_CACHE_SECONDS}s",
            "--authorization-mode=Node,RBAC,Webhook",
            f"--authorization-webhook-config-file={files}/authorize.kubeconfig",
            "--authorization-webhook-version=v1",
            f"--authorization-webhook-cache-authorized-ttl={_AUTHORIZED_SECONDS}s",
            f"--authorization-webhook-cache-unauthorized-ttl={_UNAUTHORIZED_SECONDS}s",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            # Nothing routes to this address: the service "kubernetes" needs no endpoints.
            "--endpoint-reconciler-type=none",
            # Ended when the cluster is deleted: nobody is left to be served meanwhile.
            "--shutdown-delay-duration=0s",
        ]

    def controller_manager(self) -> list[str]:
        """The flags of kube-controller-manager: all controllers that are on by default."""
        return [
            f"--kubeconfig={self.kubeconfig}",
            "--bind-address=127.0.0.1",
            "--secure-port=0",
            "--leader-elect=false",
            "--use-service-account-credentials=false",
            f"--service-account-private-key-file={self.directory}/service-account.key",
            f"--root-ca-file={self.directory}/ca.crt",
            # A busy machine must not make healthy nodes unready: kwok renews leases every 10 s.
            "--node-monitor-grace-period=300s",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
        ]

    def scheduler(self) -> list[str]:
        """The flags of kube-scheduler."""
        return [
            f"--kubeconfig={self.kubeconfig}",
            "--bind-address=127.0.0.1",
            "--secure-port=0",
            "--leader-elect=false",
        ]

    def kwok(self, stages: Path, port: int) -> list[str]:
        """The flags of kwok: nodes that we made are Ready, and pods on them run."""
        return [
            f"--kubeconfig={self.kubeconfig}",
            f"--config={stages}",
            f"--manage-nodes-with-annotation-selector={KWOK_ANNOTATION}=fake",
            "--node-lease-duration-seconds=40",
            f"--server-address=127.0.0.1:{port}",
        ]


def _webhook_kubeconfig(url: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "webhook", "cluster": {"server": url}}],
        "users": [{"name": "webhook", "user": {}}],
        "contexts": [{"name": "webhook", "context": {"cluster": "webhook", "user": "webhook"}}],
        "current-context": "webhook",
    }
