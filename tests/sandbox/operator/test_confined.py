"""An operator confined to one namespace, with exactly the rights of deploy/overlays/namespaced.

In a sandbox of its own, with light endpoints.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.sandbox.kubectl import Kubectl, Result
from tests.sandbox.operator.canaries import Canaries, nothing_secret_got_out, places
from tests.sandbox.operator.conftest import DEPLOY, at_work
from tests.sandbox.operator.people import SPEC, Person

from sigopt_sandbox.installed import NAME, Installed, install
from sigopt_sandbox.launcher import Sandbox, running

OVERLAY = "overlays/namespaced"
SERVED, OTHER = "ml", "research"


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("confined"), 200.0, "light") as started:
        yield started


@pytest.fixture(scope="module")
def people(confined: Sandbox, canaries: Canaries) -> dict[str, Person]:
    """Somebody in the namespace that is served, and in another."""
    kubectl = Kubectl(confined.program("kubectl"), confined.kubeconfig)
    found = {name: Person(kubectl, name, confined, canaries) for name in (SERVED, OTHER)}
    for person in found.values():
        person.arrive()
        person.keep_secret("keys", aws_secret_access_key=f"canary-of-{person.namespace}")
    return found


@pytest.fixture(scope="module")
def operator(confined: Sandbox, people: dict[str, Person]) -> Iterator[Installed]:
    installed = install(confined, DEPLOY, OVERLAY)
    only = {"SIGOPT_OPERATOR_NAMESPACES": SERVED}
    with at_work(replace(installed, env=installed.env | only)) as working:
        yield working


def as_the_operator(operator: Installed, *typed: str) -> Result:
    """What its ServiceAccount gets with kubectl."""
    kubectl = operator.sandbox.program("kubectl")
    env = os.environ | {"KUBECONFIG": operator.env["KUBECONFIG"]}
    done = subprocess.run(
        [str(kubectl), *typed], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_a_cluster_lives_and_goes_in_the_namespace_that_is_served(
    operator: Installed, people: dict[str, Person]
) -> None:
    ml = people[SERVED]
    ml.apply("inside", SPEC)
    ml.waits_until_ready("inside")
    assert ml.status("inside")["kubeconfigSecret"] == "inside-kubeconfig"
    assert "CreateCluster" in ml.events("inside")
    ml.delete("inside")
    ml.waits_until_gone("inside")
    assert ml.left_in_aws("inside") == []
    assert "forbidden" not in operator.log.read_text()
    assert "sigopt_operator_leading 1.0" in places(operator)["its metrics"]
    nothing_secret_got_out(ml.canaries, operator)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(("get", "secret", "keys", "-n", OTHER), id="a Secret by its name"),
        pytest.param(("get", "secrets", "-n", OTHER), id="Secrets of another namespace"),
        pytest.param(("get", "secrets", "-A"), id="all Secrets"),
        pytest.param(("get", "secrets", "-n", NAME), id="Secrets beside it"),
        pytest.param(("get", "secrets", "-n", SERVED), id="Secrets whose names it does not know"),
        pytest.param(("create", "secret", "generic", "x", "-n", OTHER), id="making one"),
        pytest.param(("get", "sigoptclusters", "-n", OTHER), id="resources of another namespace"),
        pytest.param(("get", "sigoptclusters", "-A"), id="all resources"),
        pytest.param(("get", "pods", "-n", SERVED), id="what else is in the namespace"),
    ],
)
def test_nothing_elsewhere_is_to_be_seen(operator: Installed, typed: tuple[str, ...]) -> None:
    answer = as_the_operator(operator, *typed)
    assert answer.status != 0
    assert "forbidden" in answer.err


def test_what_is_applied_elsewhere_is_never_looked_at(
    operator: Installed, people: dict[str, Person]
) -> None:
    """What is applied later, where it serves, is answered; so the other was not merely late."""
    ml, research = people[SERVED], people[OTHER]
    research.apply("outside", SPEC)
    ml.apply("later", {**SPEC, "aws": {"credentialsSecretRef": {"name": "missing"}}})
    ml.waits("later", lambda status: status.get("phase") == "Blocked", "it is answered")
    status = research.status("outside")
    assert "phase" not in status
    research.delete("outside")
    ml.delete("later")
    ml.waits_until_gone("later")
    assert "outside" not in operator.log.read_text()


def test_it_reads_the_secret_that_a_resource_of_its_namespace_names(
    operator: Installed, people: dict[str, Person]
) -> None:
    ml = people[SERVED]
    ml.apply("keyed", {**SPEC, "aws": {"credentialsSecretRef": {"name": "keys"}}})
    ml.waits("keyed", lambda status: status.get("phase") == "Blocked", "it is answered")
    assert ml.condition("keyed", "PreflightPassed")["reason"] == "SecretIncomplete"
    ml.delete("keyed")
    ml.waits_until_gone("keyed")
