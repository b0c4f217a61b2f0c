"""One real cluster for each module of tests that asks for it."""

from collections.abc import Iterator

import pytest
from tests.sandbox.clusters.fakes import FakeAws, node, serving
from tests.sandbox.clusters.process import Api, ClustersProcess, running
from tests.sandbox.clusters.training import CLUSTER


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeAws]:
    """The aws process of these tests."""
    with serving() as started:
        yield started


@pytest.fixture(scope="module")
def clusters(fake: FakeAws) -> Iterator[ClustersProcess]:
    """The process under test, with the cluster `CLUSTER` of one node."""
    with running(fake, "real") as process:
        fake.add_cluster(CLUSTER, nodes=[node("ip-10-0-0-1")], addons=["vpc-cni", "coredns"])
        process.endpoint(CLUSTER)
        yield process


@pytest.fixture(scope="module")
def admin(clusters: ClustersProcess) -> Api:
    """That cluster's administrator."""
    return clusters.admin(CLUSTER)
