"""A custom cluster round by round: its kubeconfig and its server as they change."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.component.rounds import KEY, Rig
from tests.fakes.authority import b64
from tests.fakes.kubeconfigs import AUTHORITY, TOKEN, config, text
from tests.fakes.tls_server import Request, TlsServer, answer, serving

from sigopt_operator.runtime.logging import configure

SPEC: dict[str, Any] = {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "mine"}}}
SECRET = ("ml", "mine")
OLD = "canary-of-an-old-token"
NODES = {"items": [{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, {}]}
TROUBLE, WELL = 5.0, 60.0


def kubernetes(request: Request) -> list[bytes]:
    """Knows one token."""
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return answer(401, {"message": "Unauthorized"})
    return answer(200, {"gitVersion": "v1.33.4-eks-1"} if "version" in request.path else NODES)


@pytest.fixture
def cluster() -> Iterator[TlsServer]:
    with serving(AUTHORITY.pair("127.0.0.1"), kubernetes) as server:
        yield server


def give(rig: Rig, found: dict[str, Any]) -> None:
    rig.api.secrets[SECRET] = {"kubeconfig": text(found)}


@pytest.fixture
def connected(rig: Rig, cluster: TlsServer) -> Iterator[Rig]:
    """One that is Ready; whatever a test does, AWS was never asked and no secret was told."""
    give(rig, config(cluster.url))
    rig.api.apply(KEY, SPEC)
    assert rig.round().after is not None
    yield rig
    assert rig.aws.calls == []
    told = json.dumps(rig.status) + repr(rig.api.events)
    assert "canary" not in told


def looks_again(rig: Rig, seconds: float = 0) -> float:
    """A round so much later; when the next look is due, in seconds."""
    rig.minutes += seconds / 60
    after = rig.reconciler(KEY).after
    assert after is not None
    return after.total_seconds()


def test_it_is_connected_and_shown(connected: Rig, cluster: TlsServer) -> None:
    status = connected.status
    assert status["phase"] == "Ready"
    assert status["message"] == (
        "cluster tiny answers: Kubernetes v1.33.4-eks-1, 1 of 2 nodes ready"
    )
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "Reconciling": "False",
        "Stalled": "False",
        "PreflightPassed": "True",
        "Connected": "True",
    }
    told = connected.condition("Connected")["message"]
    assert told == "Successfully connected to kubernetes cluster: tiny"
    assert (status["kubernetesVersion"], status["endpoint"]) == ("1.33", cluster.url)
    assert status["nodes"]["summary"] == "1/2"
    assert {"region", "account", "operatorArn", "clusterArn", "accessRoleArn"}.isdisjoint(status)


def test_a_quiet_one_is_visited_every_minute_and_its_status_not_written(
    connected: Rig, cluster: TlsServer
) -> None:
    writes, visits = connected.api.writes, cluster.connections
    assert looks_again(connected, WELL) == WELL
    assert connected.api.writes == writes
    assert cluster.connections > visits


def test_a_rotated_secret_is_used_at_the_next_look(connected: Rig, cluster: TlsServer) -> None:
    give(connected, config(cluster.url, user={"token": OLD}))
    assert looks_again(connected, WELL) == TROUBLE
    assert connected.condition("Connected")["reason"] == "Unauthorized"
    give(connected, config(cluster.url))
    assert looks_again(connected, TROUBLE) == WELL
    assert connected.status["phase"] == "Ready"


def test_it_may_lead_to_another_server(connected: Rig) -> None:
    with serving(AUTHORITY.pair("127.0.0.1"), kubernetes) as other:
        other.script = lambda _: answer(401, {})
        give(connected, config(other.url))
        looks_again(connected, WELL)
        assert connected.status["endpoint"] == other.url
        assert "nodes" not in connected.status
        assert "kubernetesVersion" not in connected.status


def test_an_outage_of_one_that_answered_is_waited_out(connected: Rig, cluster: TlsServer) -> None:
    cluster.script = lambda _: answer(503, {})
    assert looks_again(connected, WELL) == TROUBLE
    assert connected.condition("Connected")["reason"] == "ServerFailing"
    assert connected.condition("Ready")["status"] == "False"
    assert connected.condition("Stalled")["status"] == "False"
    assert connected.status["nodes"]["summary"] == "1/2"
    cluster.script = kubernetes
    looks_again(connected, 10)
    assert connected.status["phase"] == "Ready"


def test_an_outage_of_one_that_never_answered_is_for_a_person(rig: Rig, cluster: TlsServer) -> None:
    cluster.script = lambda _: answer(503, {})
    give(rig, config(cluster.url))
    rig.api.apply(KEY, SPEC)
    assert looks_again(rig) == TROUBLE
    assert rig.status["phase"] == "Blocked"
    assert rig.condition("Stalled")["reason"] == "ServerFailing"


def test_what_is_wrong_is_tried_again_only_when_it_is_due_or_mended(
    rig: Rig, cluster: TlsServer
) -> None:
    give(rig, config(cluster.url, user={"token": OLD}))
    rig.api.apply(KEY, SPEC)
    looks_again(rig)
    visits = cluster.connections
    looks_again(rig, TROUBLE)
    assert cluster.connections == visits
    looks_again(rig, TROUBLE)
    assert cluster.connections == visits + 1
    rig.api.apply(KEY, {**SPEC, "paused": True})
    looks_again(rig)
    assert cluster.connections == visits + 2


def test_a_slow_server_is_left_in_peace_for_longer(
    rig: Rig, cluster: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sigopt_operator.cluster.custom.line import Line

    monkeypatch.setattr(Line.__init__, "__defaults__", (2.0, 2.0))

    def slow(_: Request) -> list[bytes]:
        cluster.stopping.wait()
        return []

    cluster.script = slow
    give(rig, config(cluster.url))
    rig.api.apply(KEY, SPEC)
    looks_again(rig)
    assert rig.condition("Connected")["reason"] == "ServerTimedOut"
    looks_again(rig, 110)
    assert cluster.connections == 1
    looks_again(rig, 10)
    assert cluster.connections == 2


def test_slow_servers_cannot_take_every_worker(rig: Rig, cluster: TlsServer) -> None:
    rig.turns = 0
    rig.restart()
    give(rig, config(cluster.url))
    rig.api.apply(KEY, SPEC)
    assert looks_again(rig) == 1
    assert rig.status == {}
    assert cluster.connections == 0


@pytest.mark.parametrize(
    ("secret", "reason", "words"),
    [
        pytest.param(None, "SecretMissing", "Secret ml/mine does not exist", id="no Secret"),
        pytest.param({}, "SecretIncomplete", "lacks kubeconfig", id="no key"),
        pytest.param({"kubeconfig": b" \n"}, "SecretIncomplete", "lacks kubeconfig", id="empty"),
        pytest.param({"kubeconfig": b"["}, "KubeconfigUnreadable", "key kubeconfig", id="no YAML"),
        pytest.param(
            {"kubeconfig": text(config(user={"exec": {"command": "aws"}}))},
            *("KubeconfigRefused", "run a program"),
            id="exec",
        ),
    ],
)
def test_a_secret_that_cannot_be_used(
    rig: Rig, secret: dict[str, bytes] | None, reason: str, words: str
) -> None:
    if secret is not None:
        rig.api.secrets[SECRET] = secret
    rig.api.apply(KEY, SPEC)
    assert looks_again(rig) == TROUBLE
    told = rig.condition("PreflightPassed")
    assert (told["reason"], rig.status["phase"]) == (reason, "Blocked")
    assert words in told["message"]
    assert "spec.custom.kubeconfigSecretRef" in told["message"]
    assert rig.condition("Connected")["reason"] == "NotStarted"
    assert "canary" not in json.dumps(rig.status)


def test_another_key_of_the_secret_is_used_when_asked(rig: Rig, cluster: TlsServer) -> None:
    rig.api.secrets[SECRET] = {"value": text(config(cluster.url))}
    rig.api.apply(KEY, SPEC)
    looks_again(rig)
    ref = {"name": "mine", "key": "value"}
    rig.api.apply(KEY, {"provider": "custom", "custom": {"kubeconfigSecretRef": ref}})
    looks_again(rig)
    assert rig.status["phase"] == "Ready"


EXPIRED = datetime(2020, 1, 1, tzinfo=UTC)


def test_credentials_that_expired_are_told_by_when(rig: Rig, cluster: TlsServer) -> None:
    token = f"e30.{b64(json.dumps({'exp': EXPIRED.timestamp()})).rstrip('=')}.canary"
    give(rig, config(cluster.url, user={"token": token}))
    rig.api.apply(KEY, SPEC)
    looks_again(rig)
    told = rig.condition("Connected")
    assert told["reason"] == "TokenExpired"
    assert "2020-01-01" in told["message"]
    client = AUTHORITY.pair(ends=EXPIRED)
    data = {"client-certificate-data": client.certificate, "client-key-data": client.key}
    user = {"token": None, **{name: b64(pem) for name, pem in data.items()}}
    give(rig, config(cluster.url, user=user))
    looks_again(rig)
    assert rig.condition("Connected")["reason"] == "ClientCertificateExpired"


def test_an_address_that_is_refused_is_not_connected_to(rig: Rig) -> None:
    give(rig, config("https://api.management.example.com"))
    rig.api.apply(KEY, SPEC)
    looks_again(rig)
    told = rig.condition("Connected")
    assert told["reason"] == "AddressRefused"
    assert "management cluster" in told["message"]


def test_its_deletion_lets_go_at_once_whatever_is_wrong(connected: Rig, cluster: TlsServer) -> None:
    asked = len(cluster.asked)
    connected.api.secrets.clear()
    connected.api.delete(KEY)
    assert connected.round().released
    assert len(cluster.asked) == asked


def test_nothing_but_reading_is_ever_asked_of_it(connected: Rig, cluster: TlsServer) -> None:
    for policy in ("Observe", "Plan", "Full"):
        connected.api.apply(KEY, {**SPEC, "managementPolicy": policy})
        looks_again(connected)
        assert connected.condition("Connected")["status"] == "True"
        assert connected.status["phase"] == "Ready"
    assert {request.method for request in cluster.asked} == {"GET"}


def test_no_log_has_anything_secret(
    connected: Rig, cluster: TlsServer, stream: io.StringIO
) -> None:
    configure("plain", "DEBUG", stream)
    cluster.script = lambda _: answer(403, {"message": f"{TOKEN}"}, f"X-Echo: {TOKEN}\r\n")
    looks_again(connected, WELL)
    give(connected, {"users": f"{OLD}: ["})
    looks_again(connected, WELL)
    logging.getLogger("urllib3").info("the end")
    assert "the end" in stream.getvalue()
    assert "canary" not in stream.getvalue()
