"""A kube-apiserver on 127.0.0.1 with RBAC and one administrator's token."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sigopt_sandbox.kubernetes.kubeconfig import Access, write_kubeconfig, write_private
from sigopt_sandbox.ports import LOOPBACK, Ports
from sigopt_sandbox.processes import Child, start, wait_until
from sigopt_sandbox.programs import Programs
from sigopt_sandbox.web import answers


@dataclass(frozen=True)
class ApiServerSettings:
    """What distinguishes one API server from another."""

    name: str
    """What messages and the kubeconfig call it."""
    directory: Path
    """Where its files are: what is named below, and those that `start_api_server` writes."""
    logs: Path
    """The directory of its log files, also those of its controllers and scheduler."""
    etcd_url: str
    etcd_prefix: str = "/registry"
    """Its own, when API servers share an etcd."""
    authentication_webhook: str | None = None
    """The URL that is sent a TokenReview (v1) for every token that is neither the administrator's
    nor a service account's; answers are not cached. Plain http on loopback, or `webhook_authority`.
    """
    anonymous: bool = True
    """Whether requests without credentials are let in as system:anonymous."""
    service_account_issuer: str = "https://kubernetes.default.svc.cluster.local"
    service_cidr: str = "10.100.0.0/16"
    flags: Sequence[str] = ()
    """Further flags; of a flag given twice kube-apiserver takes the last."""

    @property
    def authority(self) -> Path:
        """The PEM certificate that signed its serving certificate."""
        return self.directory / "ca.crt"

    @property
    def serving_certificate(self) -> Path:
        """Its certificate, for 127.0.0.1."""
        return self.directory / "serving.crt"

    @property
    def serving_key(self) -> Path:
        """The key of that certificate."""
        return self.directory / "serving.key"

    @property
    def service_account_key(self) -> Path:
        """The private key that signs service account tokens."""
        return self.directory / "service-account.key"


@dataclass(frozen=True)
class ApiServer:
    """A running API server."""

    settings: ApiServerSettings
    child: Child
    access: Access
    """As its administrator, of the group system:masters."""
    kubeconfig: Path
    """The same as a file."""

    @property
    def url(self) -> str:
        """https://127.0.0.1:PORT."""
        return self.access.server

    def ready(self) -> bool:
        """Whether /readyz says ok now; blocks for two seconds at most."""
        authority = self.settings.authority
        return answers(f"{self.url}/readyz", token=self.access.token, authority=authority)

    def wait(self) -> None:
        """Return once it is ready; ProcessError if it ends before or takes too long."""
        wait_until(self.ready, what=self.child.name, children=[self.child])


def start_api_server(programs: Programs, settings: ApiServerSettings, ports: Ports) -> ApiServer:
    """Start an API server and write its `kubeconfig`; it is ready a few seconds later.

    The certificates and keys that `settings` names must be there. See `ApiServer.wait`.
    """
    directory = settings.directory
    access = Access(
        server=f"https://{LOOPBACK}:{ports.take()}",
        authority=settings.authority.read_bytes(),
        token=secrets.token_urlsafe(32),
        cluster=settings.name,
    )
    write_private(directory / "tokens.csv", f'{access.token},admin,admin,"system:masters"\n')
    kubeconfig = write_kubeconfig(directory / "kubeconfig", access)
    child = start(
        f"kube-apiserver of {settings.name}",
        [programs.path("kube-apiserver"), *_flags(settings, access.server)],
        log=settings.logs / "kube-apiserver.log",
    )
    return ApiServer(settings, child, access, kubeconfig)


def _flags(settings: ApiServerSettings, url: str) -> list[str]:
    key = settings.service_account_key
    return [
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={url.rpartition(':')[2]}",
        f"--tls-cert-file={settings.serving_certificate}",
        f"--tls-private-key-file={settings.serving_key}",
        f"--cert-dir={settings.directory}",
        f"--etcd-servers={settings.etcd_url}",
        f"--etcd-prefix={settings.etcd_prefix}",
        f"--token-auth-file={settings.directory / 'tokens.csv'}",
        f"--anonymous-auth={str(settings.anonymous).lower()}",
        "--authorization-mode=RBAC",
        f"--service-account-issuer={settings.service_account_issuer}",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        f"--service-cluster-ip-range={settings.service_cidr}",
        # Nothing runs at the address that it would publish for itself.
        "--endpoint-reconciler-type=none",
        "--profiling=false",
        *_webhook_flags(settings),
        *settings.flags,
    ]


def _webhook_flags(settings: ApiServerSettings) -> list[str]:
    if settings.authentication_webhook is None:
        return []
    path = settings.directory / "authentication-webhook.yaml"
    write_private(path, webhook_config(settings.authentication_webhook))
    return [
        f"--authentication-token-webhook-config-file={path}",
        "--authentication-token-webhook-version=v1",
        "--authentication-token-webhook-cache-ttl=0s",
    ]


def webhook_config(url: str) -> str:
    """The kubeconfig form in which API servers are told of a webhook that needs no credentials."""
    return (
        "apiVersion: v1\nkind: Config\n"
        f"clusters: [{{name: webhook, cluster: {{server: '{url}'}}}}]\n"
        "users: [{name: api-server, user: {}}]\n"
        "contexts: [{name: webhook, context: {cluster: webhook, user: api-server}}]\n"
        "current-context: webhook\n"
    )
