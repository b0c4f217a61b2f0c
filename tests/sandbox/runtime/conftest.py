"""The operator's runtime against a real API server, under the RBAC of deploy/base."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from kubernetes import client
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.runtime.clusters import Administrator

from sigopt_operator.runtime.connection import configuration
from sigopt_sandbox.kubernetes import service_account_kubeconfig
from sigopt_sandbox.kubernetes.management import Management

BASE = Path(__file__).parents[3] / "deploy" / "base"
NAME = "sigopt-operator"


@dataclass(frozen=True)
class Deployed:
    """A management cluster to which deploy/base was applied."""

    kubectl: Kubectl
    admin: Path
    """The administrator's kubeconfig."""
    operator: Path
    """The kubeconfig of deploy/base's ServiceAccount."""


@pytest.fixture(scope="session")
def deployed(management: Management, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return deploy(management, tmp_path_factory.mktemp("operator"))


def deploy(management: Management, directory: Path) -> Deployed:
    """Apply deploy/base; the operator's kubeconfig is in the directory."""
    kubeconfig = directory / "kubeconfig"
    kubectl = Kubectl(management.programs.path("kubectl"), management.kubeconfig)
    kubectl.must("apply", "-k", str(BASE))
    kubectl.await_crds()
    service_account_kubeconfig(management.kubeconfig, NAME, NAME, kubeconfig)
    return Deployed(kubectl, management.kubeconfig, kubeconfig)


@pytest.fixture
def admin(deployed: Deployed) -> Iterator[Administrator]:
    """A person with a namespace of their own, of which nothing is left afterwards."""
    api = client.ApiClient(configuration(deployed.admin))
    person = Administrator(api, f"team-{uuid4().hex[:8]}")
    person.begin()
    try:
        yield person
    finally:
        person.end()
        api.close()
