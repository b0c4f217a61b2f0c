"""How the management cluster is reached."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.aio import client as aio_client
from kubernetes.aio import config as aio_config
from yaml import YAMLError

from sigopt_operator.runtime import pod
from sigopt_operator.runtime.errors import ManagementApiError

Configuration = Any
"""A `kubernetes.client.Configuration`; the library publishes no types."""

_NOWHERE = (
    "no management cluster: this is no pod with a service account's token, and neither "
    "--kubeconfig, $KUBECONFIG nor ~/.kube/config leads to one"
)


def configuration(kubeconfig: Path | None) -> Configuration:
    """How to reach the management cluster: by that file, else as the pod, else as kubectl would.

    In a pod the token is read anew as it rotates. Raises ManagementApiError when nothing leads
    to a cluster.
    """
    found = client.Configuration()
    with _read(kubeconfig):
        if kubeconfig is None and _in_pod():
            config.load_incluster_config(client_configuration=found)
        else:
            config.load_kube_config(_path(kubeconfig), client_configuration=found)
    found.retries = 1
    return found


def namespace_of(kubeconfig: Path | None) -> str:
    """The namespace that kubectl would use: of the pod, or of the current context."""
    if kubeconfig is None and (own := pod.namespace()) is not None:
        return own
    with _read(kubeconfig):
        _, current = config.list_kube_config_contexts(_path(kubeconfig))
        return str(current["context"].get("namespace") or "default")


async def aio_api_client(kubeconfig: Path | None) -> Any:
    """An asyncio ApiClient for the same cluster as `configuration`; the caller closes it."""
    found = aio_client.Configuration()
    with _read(kubeconfig):
        if kubeconfig is None and _in_pod():
            aio_config.load_incluster_config(client_configuration=found)
        else:
            await aio_config.load_kube_config(_path(kubeconfig), client_configuration=found)
    found.disable_strict_ssl_verification = True  # why: see cluster/lenient.py
    return aio_client.ApiClient(found)


@contextmanager
def _read(kubeconfig: Path | None) -> Iterator[None]:
    """Tell what is wrong with a kubeconfig, and nothing of what is in it: there may be keys."""
    try:
        yield
    except (config.ConfigException, aio_config.ConfigException) as error:
        raise ManagementApiError(f"{_NOWHERE} ({error})") from error
    except (YAMLError, OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        where = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
        raise ManagementApiError(
            f"no management cluster: {where} is no kubeconfig ({type(error).__name__}{line}); "
            f"see whether kubectl takes it: kubectl config view"
        ) from None


def _in_pod() -> bool:
    return Path(config.incluster_config.SERVICE_TOKEN_FILENAME).is_file()


def _path(kubeconfig: Path | None) -> str | None:
    return str(kubeconfig) if kubeconfig else None
