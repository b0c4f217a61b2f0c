"""The CRD is removed, which deletes every resource: what Kubernetes and the operator do then.

Their finalizers hold the CRD until each of them is gone; so a cluster that may be deleted is, one
that is protected stays with its resource, and one to be retained is only let go of.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from tests.reliability.kube import MERGE, KubeError
from tests.reliability.lab import DEPLOY, Lab
from tests.reliability.scenarios import ADOPTED, FIRST
from tests.reliability.tenant import LONG, Sight, Tenant
from tests.sandbox.kubectl import Kubectl
from tests.waiting import eventually

from sigopt_operator.api import resource

CRD = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{resource.PLURAL}.{resource.GROUP}"
SPECS = {
    "plain": FIRST,
    "kept": {**FIRST, "deletionPolicy": "Retain"},
    "protected": {**FIRST, "deletionProtection": True},
}
"""The resources of three tenants."""


@pytest.fixture(scope="module")
def tenants(lab: Lab) -> Iterator[dict[str, Tenant]]:
    """Each with a cluster that is Ready, when somebody removes the CRD."""
    try:
        with ExitStack() as stack:
            found = {name: stack.enter_context(lab.tenant()) for name in SPECS}
            with ThreadPoolExecutor(len(found)) as threads:
                list(threads.map(lambda name: _ready(found[name], SPECS[name]), found))
            _delete_in_spite_of_the_guard(lab)
            yield found
    finally:
        _install(lab)


def _delete_in_spite_of_the_guard(lab: Lab) -> None:
    """The component deploy/components/guard refuses it until somebody says that it is meant."""
    _kubectl(lab).must("apply", "-f", str(DEPLOY / "components" / "guard" / "policy.yaml"))
    try:
        eventually(lambda: _refusal(lab), lambda: "the policy is not known yet", within=LONG)
        assert "deletes every SigOptCluster" in _refusal(lab)
        assert "deletes every SigOptCluster" in _refusal(lab, CRD.rpartition("/")[0])
        meant = {"metadata": {"annotations": {"orchestrate.sigopt.com/may-be-deleted": "true"}}}
        lab.kube("PATCH", CRD, meant, content=MERGE)
        lab.kube("DELETE", CRD)
    finally:
        _kubectl(lab).must("delete", "-f", str(DEPLOY / "components" / "guard" / "policy.yaml"))


def _refusal(lab: Lab, what: str = CRD) -> str:
    """Why the CRD, or every CRD there is, may not be deleted; empty where it may."""
    try:
        lab.kube("DELETE", f"{what}?dryRun=All")
    except KubeError as error:
        return str(error)
    return ""


def _ready(tenant: Tenant, spec: dict[str, Any]) -> None:
    after = len(tenant.sights)
    if tenant.operator is None:
        tenant.start()
    generation = tenant.apply(spec)
    tenant.waits(
        lambda sight: sight.ready and sight.generation == generation, "it is Ready", after=after
    )


def _install(lab: Lab) -> None:
    """As `kubectl apply -k deploy/base`, once the API server let go of the former one."""
    eventually(lambda: not _terminating(lab), lambda: "the CRD is still there", within=LONG)
    kubectl = _kubectl(lab)
    kubectl.must("apply", "-k", str(DEPLOY / "base"))
    kubectl.await_crds()


def _kubectl(lab: Lab) -> Kubectl:
    return Kubectl(lab.sandbox.program("kubectl"), lab.sandbox.kubeconfig)


def _terminating(lab: Lab) -> bool:
    """Whether the API server waits for the last resource to go, and takes no new one."""
    crd = lab.kube.find(CRD) or {"status": {"conditions": []}}
    return "Terminating" in {each["type"] for each in crd["status"]["conditions"]}


def _clusters(tenant: Tenant) -> list[str]:
    eks = tenant.accounts.client(tenant.account, "eks")
    names: list[str] = eks.list_clusters()["clusters"]
    return names


def test_a_cluster_that_may_be_deleted_is_and_nothing_is_left(tenants: dict[str, Tenant]) -> None:
    plain = tenants["plain"]
    plain.waits(lambda sight: sight.gone, "it is gone")
    assert plain.leaks() == []


def test_one_that_is_retained_is_let_go_of(tenants: dict[str, Tenant]) -> None:
    kept = tenants["kept"]
    kept.waits(lambda sight: sight.gone, "it is gone")
    assert _clusters(kept) == [kept.name]


def test_one_that_is_protected_holds_the_crd_and_says_what_to_do(
    tenants: dict[str, Tenant], lab: Lab
) -> None:
    protected = tenants["protected"]

    def held(sight: Sight) -> bool:
        told = sight.condition("Stalled")
        return told.get("status") == "True" and told.get("reason") == "DeletionProtected"

    protected.waits(held, "it says that it is protected")
    assert _clusters(protected) == [protected.name]
    assert _terminating(lab)


def test_what_is_retained_then_can_be_taken_over_once_the_crd_is_back(
    tenants: dict[str, Tenant], lab: Lab
) -> None:
    """`Retain` may be set while the resource is held: nobody has to lose a cluster."""
    protected = tenants["protected"]
    protected.apply({**SPECS["protected"], "deletionPolicy": "Retain"})
    eventually(lambda: protected.find() is None, lambda: "it is not let go of", within=LONG)
    _install(lab)
    for tenant in (protected, tenants["kept"]):
        _ready(tenant, {**FIRST, **ADOPTED})
        after = len(tenant.sights)
        tenant.delete()
        tenant.waits(lambda sight: sight.gone, "it is gone", after=after)
        assert tenant.leaks() == []
