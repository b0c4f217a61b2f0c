"""A client of the official library, for the cluster that a kubeconfig leads to."""

from __future__ import annotations

from kubernetes.client import ApiClient, Configuration

from sigopt_operator.cluster.api import Open
from sigopt_operator.cluster.custom.dialer import Dialer
from sigopt_operator.cluster.custom.kubeconfig import Kubeconfig
from sigopt_operator.cluster.custom.line import Line
from sigopt_operator.plan.control_plane.api_server import ApiServer


def with_kubeconfig(kubeconfig: Kubeconfig, dialer: Dialer) -> Open:
    """Opens the cluster of the kubeconfig, by its credentials; no other cluster."""

    def opened(server: ApiServer) -> ApiClient:
        if server.endpoint != kubeconfig.url:
            raise ValueError("a kubeconfig leads to its own cluster only")
        configuration = Configuration()
        configuration.host = kubeconfig.url
        configuration.retries = False
        if kubeconfig.credentials.token:
            bearer = f"Bearer {kubeconfig.credentials.token}"
            configuration.api_key = {"authorization": bearer}
        api = ApiClient(configuration)
        line = Line(kubeconfig, dialer)
        api.rest_client.pool_manager = line  # type: ignore[assignment]  # request and clear suffice
        return api

    return opened
