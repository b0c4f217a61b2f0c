"""The namespace for training runs in a custom cluster: put there if asked, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.component.rounds import KEY, Rig
from tests.fakes.cluster_api import FakeCluster
from tests.fakes.kubeconfigs import AUTHORITY, config, text
from tests.fakes.tls_server import Request, Script, TlsServer, answer, serving

from sigopt_operator.plan.workload.components.objects import ObjectId

ASKED: dict[str, Any] = {
    "provider": "custom",
    "custom": {"kubeconfigSecretRef": {"name": "mine"}},
    "training": {"enabled": True, "quota": {"pods": "10"}},
}
OFF: dict[str, Any] = {**ASKED, "training": {"enabled": False}}
NAMESPACE = ObjectId("Namespace", "", "orchestrate")
ROLE = ObjectId("Role", "orchestrate", "orchestrate:controller")
IDS = {
    NAMESPACE,
    ObjectId("ServiceAccount", "orchestrate", "controller"),
    ROLE,
    ObjectId("RoleBinding", "orchestrate", "orchestrate:controller"),
    ObjectId("ResourceQuota", "orchestrate", "training"),
}


def behind(cluster: FakeCluster) -> Script:
    """The cluster in memory, as an API server without nodes."""

    def script(request: Request) -> list[bytes]:
        url = urlsplit(request.path)
        if url.path == "/version":
            return answer(200, {"gitVersion": "v1.34.2"})
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        body = json.loads(request.body) if request.body else None
        found = cluster.call_api(request.method, url.path, query, body)
        return answer(found.status, found.body)

    return script


def blind(whole: Script) -> Script:
    """The same for a user who may look at no namespace."""

    def script(request: Request) -> Iterable[bytes]:
        if "namespaces" in request.path:
            return answer(403, {"message": "namespaces is forbidden"})
        return whole(request)

    return script


@pytest.fixture
def server(rig: Rig) -> Iterator[TlsServer]:
    with serving(AUTHORITY.pair("127.0.0.1"), behind(rig.cluster)) as started:
        rig.api.secrets["ml", "mine"] = {"kubeconfig": text(config(started.url))}
        yield started
    assert rig.aws.calls == []


def rounds(rig: Rig, spec: dict[str, Any], count: int = 2) -> None:
    rig.api.apply(KEY, spec)
    for _ in range(count):
        assert rig.round().after is not None


def test_it_is_put_there_and_stands(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    assert rig.status["phase"] == "Ready"
    assert rig.condition("WorkloadReady")["status"] == "True"
    assert set(rig.cluster.objects) == IDS
    assert all(change.startswith("PATCH ") for change in rig.cluster.changes)


def test_what_is_taken_away_of_it_returns(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    del rig.cluster.objects[ROLE]
    rounds(rig, ASKED)
    assert ROLE in rig.cluster.objects
    assert rig.status["phase"] == "Ready"


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(OFF, id="not asked for"),
        pytest.param({k: v for k, v in ASKED.items() if k != "training"}, id="not mentioned"),
        pytest.param({**ASKED, "managementPolicy": "Observe"}, id="only observed"),
        pytest.param({**ASKED, "managementPolicy": "Plan"}, id="only planned"),
        pytest.param({**ASKED, "paused": True}, id="paused"),
    ],
)
def test_otherwise_nothing_is_put_there(rig: Rig, server: TlsServer, spec: dict[str, Any]) -> None:
    rounds(rig, spec)
    assert rig.condition("Connected")["status"] == "True"
    assert rig.cluster.objects == {}
    assert {request.method for request in server.asked} == {"GET"}


def test_switched_off_all_of_it_goes_but_the_namespace(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    assert rig.status["trainingNamespace"] == "orchestrate"
    rig.restart()
    rounds(rig, OFF, 1)
    assert rig.condition("WorkloadReady")["status"] == "False"
    assert set(rig.cluster.objects) == {NAMESPACE}
    rounds(rig, OFF)
    assert said_of_it_is_nothing(rig)


def said_of_it_is_nothing(rig: Rig) -> bool:
    kinds = {condition["type"] for condition in rig.status["conditions"]}
    told = "WorkloadReady" in kinds or "trainingNamespace" in rig.status
    return rig.status["phase"] == "Ready" and not told


def test_a_right_to_take_it_away_that_is_missing_is_told(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    rig.cluster.refused["Role"] = (403, "user may not delete roles")
    rounds(rig, OFF)
    told = rig.condition("WorkloadReady")
    assert told["reason"] == "RefusedByCluster"
    assert "may not delete roles" in told["message"]
    assert "the kubeconfig's user" in told["message"]
    del rig.cluster.refused["Role"]
    rounds(rig, OFF, 3)
    assert set(rig.cluster.objects) == {NAMESPACE}
    assert said_of_it_is_nothing(rig)


def test_it_is_known_to_be_there_while_nobody_may_look(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    whole = server.script
    server.script = blind(whole)
    rounds(rig, OFF)
    told = rig.condition("WorkloadReady")
    assert told["reason"] == "Forbidden"
    assert "managementPolicy: Observe" in told["message"]
    server.script = whole
    rounds(rig, OFF, 3)
    assert set(rig.cluster.objects) == {NAMESPACE}
    assert said_of_it_is_nothing(rig)


def test_where_nobody_ever_might_look_nothing_is_to_be_taken_away(
    rig: Rig, server: TlsServer
) -> None:
    server.script = blind(server.script)
    rounds(rig, ASKED)
    rounds(rig, OFF)
    assert said_of_it_is_nothing(rig)


def test_only_observed_it_stays_and_is_not_forgotten(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    rounds(rig, {**OFF, "managementPolicy": "Observe"})
    assert set(rig.cluster.objects) == IDS
    assert rig.status["phase"] == "Ready"
    rounds(rig, OFF)
    assert set(rig.cluster.objects) == {NAMESPACE}


def test_of_another_cluster_no_rights_are_asked_for_its_sake(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    other = blind(behind(FakeCluster()))
    with serving(AUTHORITY.pair("127.0.0.1"), other) as second:
        rig.api.secrets["ml", "mine"] = {"kubeconfig": text(config(second.url))}
        rounds(rig, OFF)
        told = rig.condition("WorkloadReady")
        assert (rig.status["phase"], told["status"]) == ("Ready", "True")
        assert f"what was put into {server.url} for training runs stays there" in told["message"]
        second.script = behind(FakeCluster())
        rounds(rig, OFF)
    assert said_of_it_is_nothing(rig)
    assert set(rig.cluster.objects) == IDS


@pytest.mark.parametrize("policy", ["Full", "Observe"])
def test_of_another_cluster_that_does_not_answer_at_first_neither(
    rig: Rig, server: TlsServer, policy: str
) -> None:
    rounds(rig, ASKED)
    whole = behind(FakeCluster())
    with serving(AUTHORITY.pair("127.0.0.1"), lambda _: answer(503, {})) as second:
        rig.api.secrets["ml", "mine"] = {"kubeconfig": text(config(second.url))}
        rounds(rig, {**OFF, "managementPolicy": policy})
        second.script = blind(whole)
        rounds(rig, OFF)
        assert rig.status["phase"] == "Ready"


def test_by_another_address_it_is_not_forgotten_while_a_look_fails(
    rig: Rig, server: TlsServer
) -> None:
    rounds(rig, ASKED)
    whole = server.script
    server.script = blind(whole)
    with serving(AUTHORITY.pair("127.0.0.1"), blind(whole)) as second:
        rig.api.secrets["ml", "mine"] = {"kubeconfig": text(config(second.url))}
        rounds(rig, OFF)
        second.script = whole
        rounds(rig, OFF)
    assert set(rig.cluster.objects) == {NAMESPACE}


def test_a_refusal_that_stands_is_told_once(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    rig.cluster.refused["Role"] = (403, "user may not delete roles")
    rounds(rig, OFF)
    told = rig.condition("WorkloadReady")
    events = list(rig.api.events)
    rounds(rig, OFF, 4)
    assert rig.condition("WorkloadReady") == told
    assert rig.api.events == events


def test_at_its_end_it_stays(rig: Rig, server: TlsServer) -> None:
    rounds(rig, ASKED)
    rig.api.delete(KEY)
    assert rig.round().released
    assert set(rig.cluster.objects) == IDS


def test_what_somebody_else_made_under_its_names_is_left_alone(rig: Rig, server: TlsServer) -> None:
    theirs = {"kind": "Namespace", "metadata": {"name": "orchestrate", "labels": {"a": "b"}}}
    rig.cluster.put(theirs)
    rounds(rig, ASKED)
    assert rig.condition("WorkloadReady")["reason"] == "NameConflict"
    assert rig.cluster.changes == []


def test_a_right_that_is_missing_is_told(rig: Rig, server: TlsServer) -> None:
    whole = server.script
    server.script = blind(whole)
    rounds(rig, ASKED)
    told = rig.condition("WorkloadReady")
    assert told["reason"] == "Forbidden"
    assert "spec.training" in told["message"]
    server.script = whole
    rig.cluster.refused["Role"] = (403, "user may not grant what they have not")
    rounds(rig, ASKED)
    told = rig.condition("WorkloadReady")
    assert told["reason"] == "RefusedByCluster"
    assert "may not grant" in told["message"]


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(7, id="a number"),
        pytest.param({}, id="nothing"),
        pytest.param({"metadata": []}, id="a list as metadata"),
        pytest.param({"metadata": {"name": ["a"]}}, id="a list as name"),
        pytest.param({"metadata": {"name": "a", "labels": ["b"]}}, id="a list as labels"),
        pytest.param({"metadata": {"name": "a", "managedFields": [1]}}, id="numbers as managers"),
        pytest.param(
            {
                "metadata": {"name": "orchestrate:controller", "namespace": "orchestrate"},
                "rules": 7,
            },
            id="a number as rules",
        ),
    ],
)
def test_a_server_that_answers_anything_is_not_believed(
    rig: Rig, server: TlsServer, item: Any
) -> None:
    """No exception, no change, and never Ready."""
    whole = server.script

    def odd(request: Request) -> Any:
        if request.path.startswith("/apis/rbac.authorization.k8s.io/v1/roles"):
            return answer(200, {"items": [item]})
        return whole(request)

    server.script = odd
    rounds(rig, ASKED)
    assert rig.condition("Ready")["status"] == "False"
    assert rig.condition("Connected")["status"] == "True"
