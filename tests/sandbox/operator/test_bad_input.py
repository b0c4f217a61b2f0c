"""Nothing that a tenant can write stops the operator for others.

Every wrong wish of `tests/bad/wishes.py` at once, and good resources beside them: each wrong one is
explained, most in the first status, the good ones become Ready meanwhile, and the operator neither
restarts nor stumbles.
In a sandbox of its own, with light endpoints.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from tests.bad.wishes import BAD_WISHES
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.canaries import Canaries, nothing_secret_got_out
from tests.sandbox.operator.conftest import DEPLOY, at_work
from tests.sandbox.operator.explained import (
    WHEN_AWS_COMES_TO_IT,
    late,
    statuses,
    unexplained,
)
from tests.sandbox.operator.people import LONG, SPEC, Person
from tests.sandbox.operator.tenants import OURS, Administrator
from tests.waiting import eventually

from sigopt_operator.api.resource import API_VERSION, KIND
from sigopt_sandbox.installed import NAME, Installed, install
from sigopt_sandbox.launcher import Sandbox, running

SPEED = 200.0
SEED = "canary-of-a-seed-for-external-ids"
LEVELS = 9_000


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose clusters cost next to nothing."""
    with running(tmp_path_factory.mktemp("bad"), SPEED, "light") as started:
        yield started


@pytest.fixture(scope="module")
def at_it(light: Sandbox) -> Iterator[Installed]:
    """The operator, which may assume roles."""
    installed = install(light, DEPLOY)
    Administrator(light, OURS).let_assume(NAME)
    settings = {"SIGOPT_OPERATOR_EXTERNAL_ID_SEED": SEED}
    with at_work(replace(installed, env=installed.env | settings)) as working:
        yield working


@pytest.fixture
def tenant(at_it: Installed, canaries: Canaries) -> Iterator[Person]:
    """Who writes what is wrong."""
    yield from _somebody(at_it, canaries, "evil")


@pytest.fixture
def other(at_it: Installed, canaries: Canaries) -> Iterator[Person]:
    """Who wants nothing but a cluster."""
    yield from _somebody(at_it, canaries, "good")


def _somebody(installed: Installed, canaries: Canaries, namespace: str) -> Iterator[Person]:
    kubectl = Kubectl(installed.sandbox.program("kubectl"), installed.sandbox.kubeconfig)
    person = Person(kubectl, f"{namespace}-{uuid4().hex[:6]}", installed.sandbox, canaries)
    person.arrive()
    try:
        yield person
        nothing_secret_got_out(canaries, installed)
    finally:
        person.leave()


def everything(person: Person) -> dict[str, Any]:
    """Manifests and Secrets of all wrong wishes, in one list, as `kubectl apply` takes it."""
    items: list[dict[str, Any]] = []
    for number, wish in enumerate(BAD_WISHES):
        metadata = {"name": f"bad-{number}", "namespace": person.namespace}
        spec = json.loads(json.dumps(wish.spec).replace('"SECRET"', f'"bad-{number}"'))
        if wish.secret:
            data = {k: base64.b64encode(v).decode() for k, v in wish.secret.data.items()}
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}
            items.insert(0, {**secret, "type": wish.secret.type})
        items.append({"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec})
    return {"apiVersion": "v1", "kind": "List", "items": items}


def no_stumble(operator: Installed) -> None:
    """Neither a traceback nor another start in all of its log."""
    log = operator.log.read_text()
    assert "Traceback" not in log
    assert " ERROR " not in log
    assert "a bug" not in log
    assert log.count("watching ") == 1


def test_each_is_explained_and_the_others_are_made_meanwhile(
    at_it: Installed, tenant: Person, other: Person
) -> None:
    other.apply("first", SPEC)
    manifests = json.dumps(everything(tenant))
    with statuses(tenant) as said:
        tenant.kubectl.typed("apply", "--server-side", "-f", "-", stdin=manifests)
        other.apply("second", SPEC)
        eventually(lambda: not unexplained(tenant), lambda: f"{unexplained(tenant)}", within=LONG)
        eventually(lambda: len(said) == len(BAD_WISHES), lambda: f"{len(said)}", within=LONG)
    found = late(said)
    assert {wrong: found[wrong] for wrong in found if wrong not in WHEN_AWS_COMES_TO_IT} == {}
    for name in ("first", "second"):
        other.waits_until_ready(name)
    eventually(lambda: not unexplained(tenant), lambda: f"{unexplained(tenant)}", within=LONG)
    no_stumble(at_it)


DEEP = """{{"apiVersion": "{api}", "kind": "{kind}", "metadata": {{"name": "deep"}}, "spec": {{
"provider": "aws", "region": "us-west-2", "cpu": {{"instanceType": "t3.medium", "minNodes": 0,
"maxNodes": 1}}, "addons": [{{"name": "coredns", "configuration": {{"deep": {deep}}}}}]}}}}"""


def test_one_that_is_nested_without_end_is_explained_and_can_be_deleted(
    at_it: Installed, tenant: Person, other: Person
) -> None:
    deep = '{"a":' * LEVELS + "1" + "}" * LEVELS
    path = f"/apis/{API_VERSION}/namespaces/{tenant.namespace}/sigoptclusters"
    manifest = DEEP.format(api=API_VERSION, kind=KIND, deep=deep)
    assert tenant.kubectl.typed("create", "--raw", path, "-f", "-", stdin=manifest).status == 0
    where = ("soc", "deep", "-n", tenant.namespace)
    stalled = "{.status.conditions[?(@.type=='Stalled')].message}"

    def said() -> str:
        return tenant.kubectl.must("get", *where, "-o", f"jsonpath={stalled}")

    eventually(lambda: "32 levels deep" in said(), said, within=60)
    other.apply("third", {**SPEC, "managementPolicy": "Plan"})
    other.waits("third", lambda status: bool(status.get("plan")), "it is planned")
    tenant.kubectl.must("delete", *where, "--timeout=60s")
    no_stumble(at_it)


WHEN = "2026-01-01T00:00:00.000000"
DONE = {"started": WHEN, "stopped": WHEN, "retries": 1, "success": True}
MARKS = {
    # What kopf would keep its progress in, were it not told to keep none.
    "kopf.zalando.org/wanted": json.dumps({**DONE, "purpose": "create"}),
    "kopf.zalando.org/edited.spec": '["no", "record"]',
    "kopf.zalando.org/unwanted": json.dumps({**DONE, "purpose": "delete"}),
    "kopf.zalando.org/last-handled-configuration": "no JSON {",
    "kopf.zalando.org/touch-dummy": "x" * 200_000,
    "kopf.zalando.org/kopf-managed": "no",
}
"""Annotations that anybody may write who may write the resource, or restores one from a backup."""


def marked(tenant: Person, name: str, spec: dict[str, Any], marks: dict[str, str]) -> None:
    metadata = {"name": name, "namespace": tenant.namespace, "annotations": marks}
    manifest = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec}
    path = f"/apis/{API_VERSION}/namespaces/{tenant.namespace}/sigoptclusters"
    tenant.kubectl.must("create", "--raw", path, "-f", "-", stdin=manifest)


def test_annotations_neither_blind_the_operator_nor_make_it_forget_a_cluster(
    at_it: Installed, tenant: Person
) -> None:
    marked(tenant, "marked", SPEC, MARKS)
    marked(tenant, "broken", SPEC, dict.fromkeys(MARKS, "no JSON {"))
    for name in ("marked", "broken"):
        tenant.waits_until_ready(name)
    for name in ("marked", "broken"):
        tenant.apply(name, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 3}})
        tenant.waits(name, lambda status: status.get("fulfilledGeneration") == 2, "it is edited")
    for name in ("marked", "broken"):
        tenant.delete(name)
    for name in ("marked", "broken"):
        tenant.waits_until_gone(name)
        assert tenant.left_in_aws(name) == []
    no_stumble(at_it)


def test_a_name_as_long_as_kubernetes_lets_it_be_is_no_trouble(
    at_it: Installed, tenant: Person
) -> None:
    name = "a" * 253
    tenant.apply(name, {**SPEC, "clusterName": "longest"})
    tenant.waits_until_ready(name)
    tenant.kubectl.must(
        "get", "secret", "-n", tenant.namespace, tenant.status(name)["kubeconfigSecret"]
    )
    assert "Ready" in tenant.events(name)
    tenant.delete(name)
    tenant.waits_until_gone(name)
    assert tenant.left_in_aws("longest") == []
    no_stumble(at_it)


VICTIM = {"apiVersion": "v1", "kind": "Secret", "stringData": {"precious": "canary-precious"}}
EVER = "9999-12-31T23:59:59Z"


def test_a_status_that_a_person_wrote_changes_nothing_and_is_written_anew(
    at_it: Installed, other: Person
) -> None:
    other.apply("mine", SPEC)
    other.waits_until_ready("mine")
    truth = other.status("mine")
    for namespace in (other.namespace, "default"):
        metadata = {"name": "precious", "namespace": namespace}
        other.kubectl.must("apply", "-f", "-", stdin={**VICTIM, "metadata": metadata})
    lies: list[dict[str, Any]] = [
        {"phase": "Blocked", "message": "x" * 32_768},
        {"observedGeneration": 2**62, "fulfilledGeneration": 2**62},
        {"kubeconfigSecret": "precious", "argocdSecret": "default/precious"},
        {"endpoint": "https://evil.example", "certificateAuthority": "!", "clusterArn": "arn:x"},
        {"conditions": [{**each, "lastTransitionTime": EVER} for each in truth["conditions"]]},
        {"conditions": [], "pools": [], "nodes": None, "progress": None},
        {"standardSupportEnds": EVER, "region": "nowhere", "operatorArn": "*"},
        {"standardSupportEnds": "9999-12-31T23:59:59-23:59", "phase": "Pending"},
        {"nodes": {"ready": -(2**62), "desired": 2**62, "summary": "1/1"}, "operatorArn": "*"},
    ]
    other.sandbox.reset_calls()
    for lie in lies:
        patch = json.dumps({"status": lie})
        where = ("soc", "mine", "-n", other.namespace, "--subresource=status")
        other.kubectl.must("patch", *where, "--type=merge", "-p", patch)
        other.waits("mine", lambda status: _same(status, truth), f"the truth instead of {lie}")
    assert other.changes_of_the_operator() == []
    for namespace in (other.namespace, "default"):
        shown = other.kubectl.must("get", "secret", "precious", "-n", namespace, "-o", "json")
        assert list(json.loads(shown)["data"]) == ["precious"]
    other.kubectl.must("delete", "secret", "precious", "-n", "default")
    no_stumble(at_it)


def _same(status: dict[str, Any], truth: dict[str, Any]) -> bool:
    """But for when each began to hold."""
    return _timeless(status) == _timeless(truth)


def _timeless(status: dict[str, Any]) -> dict[str, Any]:
    conditions = [
        {k: v for k, v in each.items() if k != "lastTransitionTime"}
        for each in status.get("conditions", ())
    ]
    return {**status, "conditions": conditions}
