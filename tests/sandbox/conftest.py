"""The sandboxes of these tests: one for all of them, started when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.sandbox import aws_fixtures

from sigopt_sandbox.kubernetes.management import Management, management_cluster
from sigopt_sandbox.launcher import Sandbox, running

# Both end with pytest's process, however that ends: the sandbox's supervisor holds the other end
# of a pipe, and the management cluster's programs are killed by the kernel.


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A whole sandbox at speed 60 with real endpoints."""
    with running(tmp_path_factory.mktemp("sandbox")) as started:
        yield started


@pytest.fixture(scope="session")
def management(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Management]:
    """A management cluster without AWS."""
    with management_cluster(tmp_path_factory.mktemp("management")) as started:
        yield started


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[aws_fixtures.Aws]:
    """The simulated AWS alone, fast, without endpoints for clusters."""
    with aws_fixtures.running(tmp_path_factory.mktemp("aws")) as started:
        yield started
