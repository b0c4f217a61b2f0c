"""What the kubelet sees of an operator, from its start to its end."""

from pathlib import Path

import pytest
from tests.sandbox.kubectl import CRD
from tests.sandbox.runtime.clusters import Administrator
from tests.sandbox.runtime.conftest import BASE, Deployed
from tests.sandbox.runtime.operators import running

from sigopt_operator.runtime import crd
from sigopt_sandbox.kubernetes import service_account_kubeconfig


async def test_an_operator_that_watches_is_well_and_ready(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator, namespaces=(admin.namespace,)) as operator:
        await operator.until_answers("/readyz", 200, "leading")
        await operator.until_answers("/healthz", 200, "ok")


async def test_what_it_counts_can_be_scraped(deployed: Deployed, admin: Administrator) -> None:
    async with running(deployed.operator, namespaces=(admin.namespace,)) as operator:
        admin.create("a")
        await operator.until_counted("sigopt_operator_leading 1.0")
        await operator.until_counted('sigopt_operator_resources{phase="Ready"} 1.0')
        operator.look.release.set()
        admin.delete("a")
        await operator.until(lambda: admin.find("a") is None, "gone")
        await operator.until_counted('sigopt_operator_resources{phase="Deleting"} 0.0')


async def test_without_the_crd_it_waits_for_it(
    deployed: Deployed, admin: Administrator, caplog: pytest.LogCaptureFixture
) -> None:
    deployed.kubectl.must("delete", "-f", str(CRD))
    try:
        async with running(deployed.operator) as operator:
            await operator.until_answers("/readyz", 503, "waiting for the SigOptCluster CRD")
            await operator.until_answers("/healthz", 200, "ok")
            deployed.kubectl.must("apply", "-k", str(BASE))
            await operator.until_leading()
            admin.create("a")
            await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
    finally:
        deployed.kubectl.must("apply", "-k", str(BASE))
        deployed.kubectl.await_crds()
    told = [r.getMessage() for r in caplog.records if r.name == crd.__name__]
    assert "the CRD sigoptclusters.orchestrate.sigopt.com is not installed" in told[0]


async def test_an_account_without_rights_is_told_so_and_nothing_breaks(
    deployed: Deployed, admin: Administrator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # The namespace's own account is made by a controller, some time after the namespace.
    deployed.kubectl.must("create", "serviceaccount", "nobody", "-n", admin.namespace)
    nobody = service_account_kubeconfig(
        deployed.admin, admin.namespace, "nobody", tmp_path / "kubeconfig"
    )
    async with running(nobody, namespaces=(admin.namespace,)) as operator:
        await operator.until(lambda: "403 Forbidden" in caplog.text, "it says so")
        assert (await operator.probe("/readyz"))[0] == 503
