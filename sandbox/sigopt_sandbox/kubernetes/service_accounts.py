"""Being a service account: a token from TokenRequest, in a kubeconfig."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from sigopt_sandbox.kubernetes.kubeconfig import Access, read_access, write_kubeconfig
from sigopt_sandbox.web import call

DAY = 86400


def service_account_kubeconfig(
    admin: Path, namespace: str, name: str, path: Path, seconds: int = DAY
) -> Path:
    """Write a kubeconfig of the service account, good for `seconds`; its path.

    `admin` is a kubeconfig of `write_kubeconfig` that may create tokens. Raises
    `sigopt_sandbox.web.AnswerError`, for example when there is no such service account.
    """
    as_admin = read_access(admin)
    answer = _request_token(as_admin, namespace, name, seconds)
    token = str(answer["status"]["token"])
    as_account = replace(as_admin, token=token, user=name, namespace=namespace)
    return write_kubeconfig(path, as_account)


def _request_token(access: Access, namespace: str, name: str, seconds: int) -> Any:
    """TokenRequest, https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/."""
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": seconds},
    }
    url = f"{access.server}/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    with tempfile.NamedTemporaryFile(suffix=".crt") as authority:
        authority.write(access.authority)
        authority.flush()
        return call("POST", url, request, token=access.token, authority=Path(authority.name))
