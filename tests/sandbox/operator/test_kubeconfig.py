"""The Secrets that others use, with the operator's own RBAC: written, left alone, taken away."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

DEPLOY = Path(__file__).parents[3] / "deploy"
NAME = "shared"
SECRET = f"{NAME}-kubeconfig"
ADMIN = "arn:aws:iam::111122223333:user/sandbox-admin"
TARGET = {**SPEC, "access": {"principals": [ADMIN], "argocd": True}}


@pytest.fixture
def argocd(person: Person) -> Iterator[str]:
    """The namespace of an Argo CD."""
    person.kubectl("create", "namespace", "argocd")
    yield "argocd"
    person.kubectl("delete", "namespace", "argocd", "--timeout=60s")


def secret(person: Person, namespace: str, name: str) -> dict[str, Any] | None:
    found = person.kubectl("get", "secret", name, "-n", namespace, "-o", "json")
    return json.loads(found.out) if found.status == 0 else None


def values(found: dict[str, Any] | None) -> dict[str, str]:
    assert found is not None
    return {key: base64.b64decode(value).decode() for key, value in found["data"].items()}


def test_others_find_the_cluster_as_long_as_it_stands(
    operator: Installed, person: Person, argocd: str, tmp_path: Path
) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    person.kubectl.must(
        *("create", "secret", "generic", SECRET, "-n", person.namespace, "--from-literal=mine=yes")
    )
    person.apply(NAME, TARGET)
    _what_stands_in_the_way_is_said(person)
    _the_component_lets_argocd_have_it(person, argocd, tmp_path)
    person.kubectl.must("delete", "secret", SECRET, "-n", person.namespace)
    person.waits_until_ready(NAME)
    _the_kubeconfig_works(person, tmp_path)
    _argocd_has_what_it_needs(person, argocd)
    _what_is_changed_by_hand_is_written_again(person)
    _another_name_takes_the_former_away(person)
    person.delete(NAME)
    person.waits_until_gone(NAME)
    assert secret(person, argocd, f"{person.namespace}.{NAME}") is None
    eventually(
        lambda: secret(person, person.namespace, "mine") is None,
        lambda: "the garbage collector takes the kubeconfig away",
        within=60,
    )


def _what_stands_in_the_way_is_said(person: Person) -> None:
    person.waits(
        NAME,
        lambda s: any(c["reason"] == "NameConflict" for c in s.get("conditions", ())),
        "it says that the Secret is somebody else's",
    )
    message = person.condition(NAME, "KubeconfigReady")["message"]
    assert f"Secret {person.namespace}/{SECRET} exists" in message
    assert "may not delete Secrets in namespace argocd" in message
    assert "deploy/components/argocd" in message
    assert not {"kubeconfigSecret", "argocdSecret"} & set(person.status(NAME))
    assert values(secret(person, person.namespace, SECRET)) == {"mine": "yes"}
    eventually(
        lambda: person.condition(NAME, "Connected").get("status") == "True",
        lambda: f"all the same the cluster is connected: {person.status(NAME)}",
        within=60,
    )


def _the_component_lets_argocd_have_it(person: Person, argocd: str, directory: Path) -> None:
    """As an administrator: a kustomization with the component, applied with `kubectl apply -k`."""
    components = [os.path.relpath(DEPLOY / "components" / "argocd", directory)]
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "components": components,
    }
    (directory / "kustomization.yaml").write_text(json.dumps(kustomization))
    person.kubectl.must("apply", "-k", str(directory))
    target = f"{person.namespace}.{NAME}"
    eventually(
        lambda: secret(person, argocd, target) is not None,
        lambda: f"Secret {argocd}/{target}: {person.condition(NAME, 'KubeconfigReady')}",
        within=120,
    )


def _the_kubeconfig_works(person: Person, directory: Path) -> None:
    path = directory / "kubeconfig"
    path.write_text(values(secret(person, person.namespace, SECRET))["value"])
    assert person.sandbox.state.secret_access_key not in path.read_text()
    env = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    env |= person.sandbox.env() | {"HOME": str(directory), "KUBECONFIG": str(path)}
    command = ["kubectl", "get", "nodes", "--no-headers"]
    shown = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert [line.split()[1] for line in shown.stdout.splitlines()] == ["Ready"]


def _argocd_has_what_it_needs(person: Person, argocd: str) -> None:
    place = person.status(NAME)["argocdSecret"]
    assert place == f"{argocd}/{person.namespace}.{NAME}"
    found = secret(person, *place.split("/"))
    assert found is not None
    assert found["metadata"]["labels"]["argocd.argoproj.io/secret-type"] == "cluster"
    told = values(found)
    cluster = client(person.sandbox, "eks").describe_cluster(name=NAME)["cluster"]
    assert told["server"] == cluster["endpoint"]
    config = json.loads(told["config"])
    assert config["awsAuthConfig"]["roleARN"] == person.status(NAME)["accessRoleArn"]
    assert config["tlsClientConfig"]["caData"] == cluster["certificateAuthority"]["data"]


def _what_is_changed_by_hand_is_written_again(person: Person) -> None:
    before = values(secret(person, person.namespace, SECRET))
    changed = json.dumps({"stringData": {"value": "changed"}})
    person.kubectl.must("patch", "secret", SECRET, "-n", person.namespace, "-p", changed)
    eventually(
        lambda: values(secret(person, person.namespace, SECRET)) == before,
        lambda: f"{SECRET} as it was: {person.status(NAME)}",
        within=60,
    )


def _another_name_takes_the_former_away(person: Person) -> None:
    mine = {"kubeconfigSecretRef": {"name": "mine"}}
    person.apply(NAME, {**SPEC, "access": {**TARGET["access"], **mine}})
    person.waits_until_ready(NAME)
    assert secret(person, person.namespace, "mine") is not None
    assert person.status(NAME)["kubeconfigSecret"] == "mine"
    eventually(
        lambda: secret(person, person.namespace, SECRET) is None,
        lambda: "the former Secret is gone",
        within=60,
    )
