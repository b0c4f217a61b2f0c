"""deploy/base as it stands: what a person applies, and what its account may do."""

import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.runtime.conftest import BASE, NAME, Deployed

ACCOUNT = f"system:serviceaccount:{NAME}:{NAME}"


def test_it_can_be_applied_again(deployed: Deployed) -> None:
    told = deployed.kubectl.must("apply", "-k", str(BASE))
    assert {line.split()[-1] for line in told.splitlines()} <= {"unchanged", "configured"}


def test_the_api_server_takes_its_deployment_without_a_warning(deployed: Deployed) -> None:
    """The namespace enforces the restricted pod security standard; it warns of what breaks it."""
    applied = deployed.kubectl("apply", "--dry-run=server", "--warnings-as-errors", "-k", str(BASE))
    assert (applied.status, applied.err) == (0, "")


def test_the_operators_pod_is_admitted_under_the_restricted_standard(deployed: Deployed) -> None:
    deployment = json.loads(
        deployed.kubectl.must("get", "deployment", NAME, "-n", NAME, "-o", "json")
    )
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "operator", "namespace": NAME},
        "spec": deployment["spec"]["template"]["spec"],
    }
    deployed.kubectl.must("create", "--dry-run=server", "-f", "-", stdin=pod)


@pytest.mark.parametrize("component", ["argocd", "guard", "prometheus"])
def test_every_component_can_be_put_on_top(
    deployed: Deployed, tmp_path: Path, component: str
) -> None:
    where = os.path.relpath(BASE, tmp_path)
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [where],
        "components": [f"{where}/../components/{component}"],
    }
    (tmp_path / "kustomization.yaml").write_text(json.dumps(kustomization))
    made = list(yaml.safe_load_all(deployed.kubectl.must("kustomize", str(tmp_path))))
    base = list(yaml.safe_load_all(deployed.kubectl.must("kustomize", str(BASE))))
    assert len(made) == len(base) + 2


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        *[(verb, "sigoptclusters") for verb in ("get", "list", "watch", "patch")],
        ("patch", "sigoptclusters/status"),
        ("create", "events"),
        ("patch", "events"),
        *[(verb, "secrets") for verb in ("get", "create", "patch")],
        ("get", f"leases/{NAME}"),
        ("update", f"leases/{NAME}"),
        ("create", "leases"),
    ],
)
def test_the_operator_may(deployed: Deployed, verb: str, what: str) -> None:
    assert _may(deployed.kubectl, verb, what)


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("create", "sigoptclusters"),
        ("update", "sigoptclusters"),
        ("delete", "sigoptclusters"),
        ("list", "secrets"),
        ("watch", "secrets"),
        ("update", "secrets"),
        ("delete", "secrets"),
        ("get", "pods"),
        ("list", "namespaces"),
        ("list", "customresourcedefinitions"),
        ("get", "leases/of-somebody-else"),
        ("create", "clusterroles"),
    ],
)
def test_the_operator_may_not(deployed: Deployed, verb: str, what: str) -> None:
    assert not _may(deployed.kubectl, verb, what)


def test_the_operator_may_take_no_lease_elsewhere(deployed: Deployed) -> None:
    assert not _may(deployed.kubectl, "create", "leases", namespace="default")


def test_the_image_of_the_deployment_is_the_version_of_the_package(deployed: Deployed) -> None:
    manifests = yaml.safe_load_all(deployed.kubectl.must("kustomize", str(BASE)))
    (deployment,) = [m for m in manifests if m["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{NAME}:{version('sigopt-operator')}"


def _may(kubectl: Kubectl, verb: str, what: str, namespace: str = NAME) -> bool:
    answer = kubectl("auth", "can-i", verb, what, "--as", ACCOUNT, "-n", namespace)
    assert answer.out.strip() in ("yes", "no"), answer.err
    return answer.out.strip() == "yes"


def test_a_namespace_that_is_served_has_the_rules_of_the_whole_cluster(deployed: Deployed) -> None:
    overlay = str(BASE.parent / "overlays" / "namespaced")
    made = list(yaml.safe_load_all(deployed.kubectl.must("kustomize", overlay)))
    base = list(yaml.safe_load_all(deployed.kubectl.must("kustomize", str(BASE))))
    (whole,) = [each["rules"] for each in base if each["kind"] == "ClusterRole"]
    (served,) = [
        each
        for each in made
        if each["kind"] == "Role" and each["metadata"]["name"] == f"{NAME}-served"
    ]
    assert served["rules"] == whole
    assert served["metadata"]["namespace"] == "ml"
    assert [each for each in made if each["kind"].startswith("Cluster")] == []
    (account,) = [
        each["subjects"]
        for each in made
        if each["kind"] == "RoleBinding" and each["metadata"]["namespace"] == "ml"
    ]
    assert account == [{"kind": "ServiceAccount", "name": NAME, "namespace": NAME}]
