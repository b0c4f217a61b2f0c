"""A kubeconfig without credentials: the aws CLI makes a token, as whoever uses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""libyaml's where there is one: it writes the same ten times faster, and every round does."""


@dataclass(frozen=True)
class Way:
    """The way into a cluster, for people."""

    cluster: str
    """The cluster's name in EKS."""
    region: str
    endpoint: str
    certificate_authority: str = field(repr=False)
    """Base64 of a PEM bundle."""
    role_arn: str | None = None
    """The role to assume; None: everybody comes as themselves."""

    @property
    def connect_command(self) -> str:
        """What a colleague types.

        With `--assume-role-arn` the CLI also asks EKS as that role where the cluster is: so they
        need no rights of their own in EKS.
        """
        told = f"aws eks update-kubeconfig --name {self.cluster} --region {self.region}"
        if self.role_arn is None:
            return told
        return f"{told} --role-arn {self.role_arn} --assume-role-arn {self.role_arn}"

    def kubeconfig(self) -> str:
        """The file as YAML; equal ways give equal files."""
        name = self.cluster
        told: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {
                        "server": self.endpoint,
                        "certificate-authority-data": self.certificate_authority,
                    },
                }
            ],
            "users": [{"name": name, "user": {"exec": self._exec()}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
        text: str = yaml.dump(told, Dumper=_DUMPER, sort_keys=False, width=4096)
        return text

    def _exec(self) -> dict[str, Any]:
        """As `aws eks update-kubeconfig` writes it."""
        arguments = ["--region", self.region, "eks", "get-token", "--cluster-name", self.cluster]
        if self.role_arn is not None:
            arguments += ["--role-arn", self.role_arn]
        return {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "aws",
            "args": [*arguments, "--output", "json"],
            "interactiveMode": "IfAvailable",
            "installHint": "install the AWS CLI: https://docs.aws.amazon.com/cli/",
        }
