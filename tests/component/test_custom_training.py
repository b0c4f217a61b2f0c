"""The namespace for training runs in a custom cluster: put there if asked, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
ROLE = ObjectId("Role", "orchestrate", "orchestrate:controller")
IDS = {
    ObjectId("Namespace", "", "orchestrate"),
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
        pytest.param({**ASKED, "training": {"enabled": False}}, id="not asked for"),
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

    def blind(request: Request) -> Any:
        if "namespaces" in request.path:
            return answer(403, {"message": "namespaces is forbidden"})
        return whole(request)

    server.script = blind
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
