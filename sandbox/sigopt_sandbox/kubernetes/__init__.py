"""A real Kubernetes on loopback: etcd, API server, controllers and scheduler as children."""

from sigopt_sandbox.kubernetes.api_server import ApiServer, ApiServerSettings, start_api_server
from sigopt_sandbox.kubernetes.controllers import start_controllers, start_scheduler
from sigopt_sandbox.kubernetes.etcd import Etcd, start_etcd
from sigopt_sandbox.kubernetes.kubeconfig import Access, read_access, write_kubeconfig
from sigopt_sandbox.kubernetes.service_accounts import service_account_kubeconfig

__all__ = [
    "Access",
    "ApiServer",
    "ApiServerSettings",
    "Etcd",
    "read_access",
    "service_account_kubeconfig",
    "start_api_server",
    "start_controllers",
    "start_etcd",
    "start_scheduler",
    "write_kubeconfig",
]
