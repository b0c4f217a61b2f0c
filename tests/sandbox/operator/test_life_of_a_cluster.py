"""From apply to Ready, through edits, and back to nothing, with real tokens."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sandbox.operator.people import GPU, SPEC, Person
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

NAME = "life"
ADMIN = "arn:aws:iam::111122223333:user/sandbox-admin"
WANTED = {**SPEC, "gpu": GPU, "access": {"principals": [ADMIN]}}
MOST_CALLS_OF_A_CREATION = 75
MOST_CALLS_OF_A_STEADY_ROUND = 6


USUAL_LOOKS = {
    "cloudformation:DescribeStacks": 6,
    "cloudformation:DescribeStackResources": 5,
    "eks:DescribeCluster": 5,
    "eks:DescribeNodegroup": 3,
    "eks:DescribeAddon": 4,
    "autoscaling:DescribeAutoScalingGroups": 3,
    "eks:ListNodegroups": 2,
    "eks:ListAddons": 2,
    "eks:DescribeAccessEntry": 2,
    "eks:ListAssociatedAccessPolicies": 2,
    "eks:ListPodIdentityAssociations": 2,
    "eks:DescribePodIdentityAssociation": 2,
}


def overdue(calls: dict[str, int]) -> int:
    """Looks at what is late because this machine is busy, not because AWS takes so long.

    A simulated stack is complete when this machine has come to it, a control plane is ACTIVE when
    its real API server answers, and a node when it is registered there. The exact count, on a
    clock of its own, is in tests/component/test_calls_of_a_creation.py.
    """
    return sum(max(0, calls.get(name, 0) - usual) for name, usual in USUAL_LOOKS.items())


@pytest.fixture
def ready(operator: Installed, person: Person) -> Iterator[Person]:
    operator.sandbox.reset_calls()
    person.apply(NAME, WANTED)
    person.waits_until_ready(NAME)
    yield person
    person.delete(NAME)
    person.waits_until_gone(NAME)
    assert person.left_in_aws(NAME) == []


def test_one_cluster_lives(ready: Person, tmp_path: Path) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    calls = ready.calls_of_the_operator()
    assert sum(calls.values()) - overdue(calls) <= MOST_CALLS_OF_A_CREATION, listed(calls)
    _status_says_what_people_ask_for(ready)
    _columns_show_it(ready)
    _events_tell_the_story(ready)
    _a_colleague_gets_in(ready, tmp_path)
    _a_steady_round_is_cheap(ready)
    _limits_change_in_place(ready)
    _a_pool_goes_and_comes(ready)


def listed(calls: dict[str, int]) -> str:
    return ", ".join(f"{operation} {count}" for operation, count in calls.items())


def _status_says_what_people_ask_for(person: Person) -> None:
    status = person.status(NAME)
    assert status["phase"] == "Ready"
    assert status["kubernetesVersion"] == "1.34"
    assert status["nodes"] == {"ready": 1, "desired": 1, "summary": "1/1"}
    assert [pool["name"] for pool in status["pools"]] == ["system", "cpu", "gpu"]
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "Reconciling": "False",
        "Stalled": "False",
        **dict.fromkeys(
            ("PreflightPassed", "NetworkReady", "ControlPlaneReady", "AccessReady"), "True"
        ),
        **dict.fromkeys(("KubeconfigReady", "AddonsReady", "NodePoolsReady"), "True"),
        **dict.fromkeys(("WorkloadReady", "Connected"), "True"),
    }
    told = person.condition(NAME, "Connected")["message"]
    assert told == f"Successfully connected to kubernetes cluster: {NAME}"


def _columns_show_it(person: Person) -> None:
    shown = person.kubectl.must("get", "sigoptclusters", "-n", person.namespace).splitlines()
    assert shown[0].split() == ["NAME", "PHASE", "READY", "VERSION", "NODES", "PROGRESS", "AGE"]
    assert shown[1].split()[:-1] == [NAME, "Ready", "True", "1.34", "1/1", "9/9"]
    wide = person.kubectl.must("get", "soc", "-n", person.namespace, "-o", "wide")
    assert person.status(NAME)["endpoint"] in wide


def _events_tell_the_story(person: Person) -> None:
    told = person.events(NAME)
    for words in ("create CloudFormation stack", "create EKS cluster", "install add-on vpc-cni"):
        assert words in told
    assert "Warning" not in told


def _a_colleague_gets_in(person: Person, directory: Path) -> None:
    kubeconfig = directory / "kubeconfig"
    role = person.status(NAME)["accessRoleArn"]
    env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    env |= person.sandbox.env() | {"HOME": str(directory)}
    for command in (
        f"aws eks wait cluster-active --name {NAME}",
        f"aws eks update-kubeconfig --name {NAME} --role-arn {role} --kubeconfig {kubeconfig}",
    ):
        subprocess.run(command.split(), env=env, check=True, capture_output=True, timeout=60)
    shown = subprocess.run(
        ["kubectl", "--kubeconfig", str(kubeconfig), "get", "nodes", "--no-headers"],
        env=env,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert [line.split()[1] for line in shown.splitlines()] == ["Ready"]


def _a_steady_round_is_cheap(person: Person) -> None:
    """A steady round asks for the auto scaling groups exactly once, so rounds can be counted."""
    each = "autoscaling:DescribeAutoScalingGroups"
    person.sandbox.reset_calls()
    rounds = 10
    eventually(
        lambda: person.calls_of_the_operator().get(each, 0) >= rounds,
        lambda: f"{rounds} rounds: {person.calls_of_the_operator()}",
        within=90,
    )
    calls = person.calls_of_the_operator()
    assert sum(calls.values()) <= MOST_CALLS_OF_A_STEADY_ROUND * calls[each], listed(calls)
    reads = ("Describe", "List", "Get")
    assert not [call for call in calls if not call.split(":")[1].startswith(reads)]


def _limits_change_in_place(person: Person) -> None:
    before = {pool["nodeGroup"] for pool in person.status(NAME)["pools"]}
    person.apply(NAME, {**WANTED, "cpu": {**SPEC["cpu"], "minNodes": 1, "maxNodes": 5}})
    person.waits_until_ready(NAME)
    pools = {pool["name"]: pool for pool in person.status(NAME)["pools"]}
    assert (pools["cpu"]["minNodes"], pools["cpu"]["maxNodes"]) == (1, 5)
    assert {pool["nodeGroup"] for pool in pools.values()} == before
    person.waits(NAME, lambda s: s["nodes"]["summary"] == "2/2", "the new minimum is there")


def _a_pool_goes_and_comes(person: Person) -> None:
    without = {key: value for key, value in WANTED.items() if key != "gpu"}
    person.apply(NAME, without)
    person.waits_until_ready(NAME)
    assert [pool["name"] for pool in person.status(NAME)["pools"]] == ["system", "cpu"]
    person.apply(NAME, WANTED)
    person.waits_until_ready(NAME)
    assert [pool["name"] for pool in person.status(NAME)["pools"]] == ["system", "cpu", "gpu"]
