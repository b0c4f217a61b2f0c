"""What a tenant may do who may do everything with SigOptClusters in one namespace, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.resources import aws, custom
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.runtime.clusters import SPEC, Administrator
from tests.sandbox.runtime.conftest import Deployed

from sigopt_sandbox.kubernetes import service_account_kubeconfig

RIGHTS = "create,get,list,watch,update,patch,delete"
TENANT = "tenant"


@pytest.fixture
def tenant(deployed: Deployed, admin: Administrator, tmp_path: Path) -> Kubectl:
    """kubectl of somebody with all verbs on sigoptclusters, and on Secrets, of one namespace."""
    where = ("-n", admin.namespace)
    deployed.kubectl.must("create", "serviceaccount", TENANT, *where)
    resources = ("--resource=sigoptclusters.orchestrate.sigopt.com", "--resource=secrets")
    deployed.kubectl.must("create", "role", TENANT, f"--verb={RIGHTS}", *resources, *where)
    account = f"--serviceaccount={admin.namespace}:{TENANT}"
    deployed.kubectl.must("create", "rolebinding", TENANT, f"--role={TENANT}", account, *where)
    path = tmp_path / "tenant"
    service_account_kubeconfig(deployed.admin, admin.namespace, TENANT, path)
    return Kubectl(deployed.kubectl.program, path)


def manifest(admin: Administrator, found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "metadata": {**found["metadata"], "namespace": admin.namespace}}


def test_nobody_writes_a_status_without_a_right_of_its_own(
    tenant: Kubectl, admin: Administrator
) -> None:
    """With it account, region and places of Secrets could be forged: give it to nobody."""
    made = manifest(admin, aws(region="us-west-2"))
    tenant.must("create", "-f", "-", stdin=made)
    name = made["metadata"]["name"]
    forged = {"account": "999988887777", "region": "eu-west-1", "argocdSecret": "argocd/x"}
    where = ("soc", name, "-n", admin.namespace)
    refused = tenant(
        *("patch", *where, "--subresource=status", "--type=merge"),
        *("-p", '{"status":{"account":"999988887777"}}'),
    )
    assert refused.status != 0
    assert 'resource "sigoptclusters/status"' in refused.err
    tenant.must("replace", "-f", "-", stdin={**made, "status": forged})
    tenant.must("patch", *where, "--type=merge", "-p", '{"status":{"region":"eu-west-1"}}')
    assert admin.read(name).get("status", {}).keys() <= {"observedGeneration"}


@pytest.mark.parametrize(
    "name", ["../team-b/keys", "team-b/keys", "..", "keys\n", "%2e%2e", "KEYS"]
)
@pytest.mark.parametrize(
    "field",
    [
        pytest.param(lambda name: aws(aws={"credentialsSecretRef": {"name": name}}), id="keys"),
        pytest.param(
            lambda name: aws(access={"kubeconfigSecretRef": {"name": name}}), id="written"
        ),
        pytest.param(
            lambda name: custom(custom={"kubeconfigSecretRef": {"name": name}}), id="kubeconfig"
        ),
    ],
)
def test_a_secret_is_named_and_never_a_path_to_one(
    tenant: Kubectl, admin: Administrator, field: Any, name: str
) -> None:
    answer = tenant("create", "-f", "-", stdin=manifest(admin, field(name)))
    assert answer.status != 0
    assert "must be the name of a Secret in the resource's own namespace" in answer.err


def test_a_namespace_beside_the_name_of_a_secret_is_no_field(
    tenant: Kubectl, admin: Administrator
) -> None:
    elsewhere = {"credentialsSecretRef": {"name": "keys", "namespace": "team-b"}}
    answer = tenant("create", "-f", "-", stdin=manifest(admin, aws(aws=elsewhere)))
    assert answer.status != 0
    assert "unknown field" in answer.err


def test_a_resource_cannot_be_made_in_another_namespace(
    tenant: Kubectl, admin: Administrator
) -> None:
    answer = tenant("create", "-f", "-", stdin=aws())
    assert "forbidden" in answer.err


def test_who_may_edit_one_may_take_its_finalizer_off_and_then_answers_for_what_is_left(
    tenant: Kubectl, admin: Administrator
) -> None:
    """Kubernetes has no right of its own for that: docs/operations.md says what then stays."""
    admin.create("mine", spec=SPEC, finalizers=["orchestrate.sigopt.com/cluster"])
    patch = '[{"op": "remove", "path": "/metadata/finalizers"}]'
    tenant.must("patch", "soc", "mine", "-n", admin.namespace, "--type=json", "-p", patch)
    assert "finalizers" not in admin.read("mine")["metadata"]
