"""The operator at work in the sandbox, with the rights that deploy/ gives it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.canaries import Canaries, nothing_secret_got_out
from tests.sandbox.operator.people import Person

from sigopt_sandbox.installed import NAME, Installed, install
from sigopt_sandbox.launcher import Sandbox
from sigopt_sandbox.processes import stop

DEPLOY = Path(__file__).parents[3] / "deploy"


@pytest.fixture(scope="session")
def installed(sandbox: Sandbox) -> Installed:
    """The operator installed, and not yet started."""
    return install(sandbox, DEPLOY)


@contextmanager
def at_work(installed: Installed) -> Iterator[Installed]:
    """The operator running until the block ends."""
    kubectl = Kubectl(installed.sandbox.program("kubectl"), installed.sandbox.kubeconfig)
    # One that was killed cannot give its lease back, and tests need not wait until it expires.
    kubectl.must("delete", "leases", "--all", "-n", NAME)
    child = installed.run()
    try:
        yield installed
        child.check()
    finally:
        stop([child])


@pytest.fixture(scope="module")
def operator(installed: Installed) -> Iterator[Installed]:
    """The operator running for the tests of one file."""
    with at_work(installed):
        yield installed


@pytest.fixture(scope="session")
def canaries() -> Canaries:
    """The secrets of all tests: one that got out is found by every test that comes after."""
    return Canaries()


@pytest.fixture
def person(installed: Installed, canaries: Canaries) -> Iterator[Person]:
    """Somebody with a namespace of their own; what they leave behind is deleted.

    At the end of every test nothing secret is to be seen of it.
    """
    kubectl = Kubectl(installed.sandbox.program("kubectl"), installed.sandbox.kubeconfig)
    somebody = Person(kubectl, f"team-{uuid4().hex[:6]}", installed.sandbox, canaries)
    somebody.arrive()
    try:
        yield somebody
        nothing_secret_got_out(canaries, installed)
    finally:
        installed.sandbox.faults([])
        somebody.leave()
