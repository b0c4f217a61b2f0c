"""provider: custom: a real API server of somebody else, by kubeconfigs that are right and wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.another import Another, altered, custom, give, says
from tests.sandbox.operator.conftest import at_work
from tests.sandbox.operator.people import SOON, Person
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed
from sigopt_sandbox.kubernetes.management import Management
from sigopt_sandbox.ports import Ports

NAME = "theirs"
GARBAGE = "canary-of-a-token-that-nobody-gave"


@pytest.fixture(scope="module")
def operator(installed: Installed) -> Iterator[Installed]:
    """One that rehearses: every server is on this machine."""
    env = installed.env | {"SIGOPT_OPERATOR_CUSTOM_ALLOW_LOOPBACK": "true"}
    with at_work(replace(installed, env=env)) as rehearsing:
        yield rehearsing


@pytest.fixture
def another(management: Management) -> Iterator[Another]:
    theirs = Another(Kubectl(management.programs.path("kubectl"), management.kubeconfig))
    yield theirs
    theirs.take_away()


def test_a_cluster_of_somebody_else_is_connected_by_its_kubeconfig_and_never_changed(
    operator: Installed, person: Person, another: Another, tmp_path: Path
) -> None:
    """One test, because it is one life: each step is a function of its own."""
    person.sandbox.reset_calls()
    another.add_node("one", ready=True)
    another.add_node("two", ready=False)
    person.apply(NAME, custom())
    person.waits(NAME, says("PreflightPassed", "SecretMissing"), "it says that there is no Secret")
    look = another.look_kubeconfig(tmp_path)
    _it_is_of_that_account_alone_and_does_not_expire(look)
    before = another.standing()
    give(person, look)
    _it_is_shown(person)
    _a_rotated_secret_is_used(person, look)
    _what_is_wrong_is_told(person, look)
    assert another.standing() == before
    _a_missing_right_is_told_with_the_commands(person, another, tmp_path)
    _the_namespace_for_training_is_put_there_if_asked(person, another)
    _one_that_is_on_its_way_out_is_waited_for_and_made_anew(person, another)
    _its_end_lets_go(person, look)
    another.kubectl.must("get", "serviceaccount", "controller", "-n", "orchestrate")
    give(person, look)
    _made_again_it_is_told_how_what_is_there_becomes_its_own(person, another, tmp_path)
    _switched_off_all_of_it_goes_but_the_namespace(person, another)
    assert person.calls_of_the_operator() == {}
    assert GARBAGE not in operator.log.read_text()
    assert _token(look) not in operator.log.read_text()


def _it_is_of_that_account_alone_and_does_not_expire(look: dict[str, Any]) -> None:
    """EKS and GKE shorten what `kubectl create token` asks for to a day or two."""
    assert [user["name"] for user in look["users"]] == ["sigopt-look"]
    assert list(look["users"][0]["user"]) == ["token"]
    claims = json.loads(base64.urlsafe_b64decode(_token(look).split(".")[1] + "=="))
    assert claims["sub"] == "system:serviceaccount:kube-system:sigopt-look"
    assert "exp" not in claims


def _it_is_shown(person: Person) -> None:
    person.waits_until_ready(NAME)
    status = person.status(NAME)
    assert status["nodes"]["summary"] == "1/2"
    assert status["kubernetesVersion"].startswith("1.")
    assert status["endpoint"].startswith("https://127.0.0.1:")
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "Reconciling": "False",
        "Stalled": "False",
        "PreflightPassed": "True",
        "Connected": "True",
    }
    told = person.condition(NAME, "Connected")["message"]
    assert told == f"Successfully connected to kubernetes cluster: {NAME}"
    assert "region" not in status


def _a_rotated_secret_is_used(person: Person, look: dict[str, Any]) -> None:
    give(person, altered(look, user={"token": GARBAGE}))
    person.waits(NAME, says("Connected", "Unauthorized"), "the new token is not known")
    give(person, look)
    person.waits_until_ready(NAME)


def _what_is_wrong_is_told(person: Person, look: dict[str, Any]) -> None:
    with closing(Ports()) as ports:
        nobody = f"https://127.0.0.1:{ports.take()}"
    ours = yaml.safe_load(person.sandbox.kubeconfig.read_text())
    authority = ours["clusters"][0]["cluster"]["certificate-authority-data"]
    wrong: list[tuple[Any, str, str]] = [
        (altered(look, certificate_authority_data=authority), "Connected", "ServerNotTrusted"),
        (altered(look, tls_server_name="x.example.com"), "Connected", "ServerNameMismatch"),
        (altered(look, server=nobody), "Connected", "ConnectionRefused"),
        (altered(look, server="https://no-such.invalid"), "Connected", "NameNotResolved"),
        (ours, "Connected", "AddressRefused"),
        (altered(look, user={"token": GARBAGE + " "}), "Connected", "Unauthorized"),
        (altered(look, server=None), "PreflightPassed", "KubeconfigIncomplete"),
        (altered(look, user={}), "PreflightPassed", "KubeconfigIncomplete"),
        (f"token: [{GARBAGE}", "PreflightPassed", "KubeconfigUnreadable"),
    ]
    for number, (kubeconfig, _, _) in enumerate(wrong):
        give(person, kubeconfig, f"wrong-{number}")
        person.apply(f"wrong-{number}", custom(f"wrong-{number}"))
    for number, (_, kind, reason) in enumerate(wrong):
        name = f"wrong-{number}"
        person.waits(name, says(kind, reason), f"it says {reason}")
        told = json.dumps(person.status(name)) + person.events(name)
        assert GARBAGE not in told
        assert _token(look) not in told


def _a_missing_right_is_told_with_the_commands(
    person: Person, another: Another, directory: Path
) -> None:
    another.kubectl.must("delete", "clusterrole,clusterrolebinding", "sigopt-look")
    give(person, (directory / "look.kubeconfig").read_text())
    person.waits(NAME, says("Connected", "Forbidden"), "it says which right is missing")
    commands = person.condition(NAME, "Connected")["message"].partition("allow it: ")[2]
    another.shell(commands, directory)
    person.waits_until_ready(NAME)


def _the_namespace_for_training_is_put_there_if_asked(person: Person, another: Another) -> None:
    asked = {"enabled": True, "quota": {"pods": "10"}, "defaultRequests": {"cpu": "1"}}
    person.apply(NAME, {**custom(), "training": asked})
    person.waits(NAME, says("WorkloadReady", "Forbidden"), "it says that rights are missing")
    another.allow_training()
    person.waits_until_ready(NAME)
    found = another.kubectl.must("get", "role,rolebinding,quota,limits,sa", "-n", "orchestrate")
    assert "resourcequota/training" in found
    another.kubectl.must("delete", "role", "orchestrate:controller", "-n", "orchestrate")
    eventually(
        lambda: another.kubectl("get", "role", "orchestrate:controller", "-n", "orchestrate").out,
        lambda: "the role returns",
        within=SOON,
    )


def _one_that_is_on_its_way_out_is_waited_for_and_made_anew(
    person: Person, another: Another
) -> None:
    meta = {"name": "held", "namespace": "orchestrate", "finalizers": ["example.com/held"]}
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}
    another.kubectl.must("create", "-f", "-", stdin=held)
    try:
        another.kubectl.must("delete", "namespace", "orchestrate", "--wait=false")
        person.waits(NAME, says("WorkloadReady", "NamespaceTerminating"), "it says that it goes")
        assert person.condition(NAME, "Stalled")["status"] == "False"
    finally:
        patch = ("--type=merge", "-p", '{"metadata": {"finalizers": null}}')
        another.kubectl.must("patch", "configmap", "held", "-n", "orchestrate", *patch)
    person.waits_until_ready(NAME)
    found = another.kubectl.must("get", "role,rolebinding,quota,limits,sa", "-n", "orchestrate")
    assert "resourcequota/training" in found


def _made_again_it_is_told_how_what_is_there_becomes_its_own(
    person: Person, another: Another, directory: Path
) -> None:
    person.apply(NAME, {**custom(), "training": {"enabled": True}})
    person.waits(NAME, says("WorkloadReady", "NameConflict"), "it says whose that is")
    command = person.condition(NAME, "WorkloadReady")["message"].partition("kubeconfig: ")[2]
    another.shell(command, directory)
    person.waits_until_ready(NAME)
    assert another.kubectl("get", "quota", "training", "-n", "orchestrate").status != 0


def _switched_off_all_of_it_goes_but_the_namespace(person: Person, another: Another) -> None:
    person.apply(NAME, {**custom(), "training": {"enabled": False}})
    person.waits(NAME, lambda status: "trainingNamespace" not in status, "all of it is gone")
    person.waits_until_ready(NAME)
    found = another.kubectl.must("get", "role,rolebinding,quota,limits,sa", "-n", "orchestrate")
    assert "controller" not in found
    another.kubectl.must("get", "namespace", "orchestrate")


def _its_end_lets_go(person: Person, look: dict[str, Any]) -> None:
    give(person, altered(look, user={"token": GARBAGE}))
    person.waits(NAME, says("Connected", "Unauthorized"), "it is in trouble")
    person.delete(NAME)
    person.waits_until_gone(NAME)


def _token(look: dict[str, Any]) -> str:
    (token,) = [u["user"]["token"] for u in look["users"] if u["name"] == "sigopt-look"]
    return str(token)
