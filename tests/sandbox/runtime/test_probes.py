"""What the kubelet sees of an operator, from its start to its end."""

import pytest
from tests.sandbox.kubectl import CRD
from tests.sandbox.runtime.clusters import Administrator
from tests.sandbox.runtime.conftest import BASE, Deployed
from tests.sandbox.runtime.operators import running

from sigopt_operator.runtime import crd


async def test_an_operator_that_watches_is_well_and_ready(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator, namespaces=(admin.namespace,)) as operator:
        await operator.until_answers("/readyz", 200, "leading")
        await operator.until_answers("/healthz", 200, "ok")


async def test_without_the_crd_it_waits_for_it(
    deployed: Deployed, caplog: pytest.LogCaptureFixture
) -> None:
    deployed.kubectl.must("delete", "-f", str(CRD))
    try:
        async with running(deployed.operator) as operator:
            await operator.until_answers("/readyz", 503, "waiting for the SigOptCluster CRD")
            await operator.until_answers("/healthz", 200, "ok")
            deployed.kubectl.must("apply", "-k", str(BASE))
            await operator.until_leading()
    finally:
        deployed.kubectl.must("apply", "-k", str(BASE))
        deployed.kubectl.must("wait", "--for=condition=Established", "crd", "--all")
    told = [r.getMessage() for r in caplog.records if r.name == crd.__name__]
    assert "the CRD sigoptclusters.orchestrate.sigopt.com is not installed" in told[0]
