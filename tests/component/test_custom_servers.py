"""What may be at the other end of a kubeconfig: which link broke is told, and nothing leaks."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.fakes.authority import Authority, b64
from tests.fakes.kubeconfigs import AUTHORITY, DIALER, TOKEN, config, text
from tests.fakes.tls_server import Request, TlsServer, answer, serving

from sigopt_operator.cluster.custom import line, opened
from sigopt_operator.cluster.custom.kubeconfig import parse
from sigopt_operator.cluster.custom.line import Line
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.snapshot import Connection
from sigopt_operator.workload.connect import visit

HERE = AUTHORITY.pair("127.0.0.1", "cluster.example.com")
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.2+k3s1"}
PAST = datetime(2020, 1, 1, tzinfo=UTC)

Answers = Callable[[Request], Iterable[bytes]]


def kubernetes(request: Request) -> list[bytes]:
    """An API server with two nodes, one of them ready, in two pages."""
    if request.path == "/version":
        return answer(200, VERSION)
    if "continue=more" in request.path:
        return answer(200, {"items": [{"status": {}}], "metadata": {}})
    return answer(200, {"items": [{"status": READY}], "metadata": {"continue": "more"}})


def visited(server: str, **fields: Any) -> Connection:
    """The connection test by a kubeconfig."""
    by = parse(text(config(server, **fields)))
    found = visit(opened.with_kubeconfig(by, DIALER), ApiServer("tiny", by.url, ""))
    assert TOKEN not in repr(found)
    return found


def reason(found: Connection) -> str:
    assert found.fault is not None, found
    assert found.problem == found.fault.message
    return found.fault.reason


@pytest.fixture
def cluster() -> Iterator[TlsServer]:
    """One that is in order, until a test changes its script."""
    with serving(HERE, kubernetes) as server:
        yield server


def test_a_server_that_is_in_order_tells_its_version_and_nodes(cluster: TlsServer) -> None:
    assert visited(cluster.url) == Connection(version="v1.34.2+k3s1", nodes_ready=1, nodes=2)
    assert {request.headers["authorization"] for request in cluster.asked} == {f"Bearer {TOKEN}"}


def test_it_is_only_ever_read(cluster: TlsServer) -> None:
    visited(cluster.url)
    assert {request.method for request in cluster.asked} == {"GET"}
    assert {request.path.split("?")[0] for request in cluster.asked} == {
        "/version",
        "/api/v1/nodes",
    }


def test_a_path_in_the_url_stands_before_every_path(cluster: TlsServer) -> None:
    cluster.script = lambda request: kubernetes(
        Request("GET", request.path.removeprefix("/k8s/c-1"), {})
    )
    assert visited(f"{cluster.url}/k8s/c-1/").nodes == 2
    assert all(request.path.startswith("/k8s/c-1/") for request in cluster.asked)


def test_a_name_is_connected_to_by_its_address_and_verified_by_name(cluster: TlsServer) -> None:
    assert visited(f"https://cluster.example.com:{cluster.port}").fault is None
    assert cluster.asked[0].headers["host"] == f"cluster.example.com:{cluster.port}"


def test_another_name_is_verified_where_the_kubeconfig_says_so(cluster: TlsServer) -> None:
    named = {"tls-server-name": "cluster.example.com"}
    assert visited(f"https://other.example.com:{cluster.port}", cluster=named).fault is None


def test_a_client_certificate_is_shown_from_memory(tmp_path: Any) -> None:
    client = AUTHORITY.pair()
    user = {
        "token": None,
        "client-certificate-data": b64(client.certificate),
        "client-key-data": b64(client.key),
    }
    with serving(HERE, kubernetes, client_authority=AUTHORITY.pem) as server:
        assert visited(server.url, user=user).nodes == 2
        assert "authorization" not in server.asked[0].headers


def test_a_client_certificate_of_another_authority_is_not_accepted() -> None:
    client = Authority().pair()
    user = {
        "client-certificate-data": b64(client.certificate),
        "client-key-data": b64(client.key),
    }
    with serving(HERE, kubernetes, client_authority=AUTHORITY.pem) as server:
        assert reason(visited(server.url, user=user)) == "Unauthorized"


def test_the_environments_proxy_is_not_used(
    cluster: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert visited(cluster.url).fault is None


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        pytest.param(Authority().pair("127.0.0.1"), "ServerNotTrusted", id="another authority"),
        pytest.param(AUTHORITY.pair("10.0.0.1"), "ServerNameMismatch", id="another name"),
        pytest.param(AUTHORITY.pair("127.0.0.1", ends=PAST), "ServerCertificateExpired", id="old"),
    ],
)
def test_a_certificate_is_always_verified(pair: Any, told: str) -> None:
    with serving(pair, kubernetes) as server:
        found = visited(server.url)
        assert reason(found) == told
        assert "certificate verify failed" in found.problem
        assert server.asked == []


def test_a_certificate_that_is_itself_in_the_bundle_is_trusted() -> None:
    """As kubectl does: some servers have no authority but their own certificate."""
    pair = Authority().pair("127.0.0.1")
    trusted = {"certificate-authority-data": b64(pair.certificate)}
    with serving(pair, kubernetes) as server:
        assert visited(server.url, cluster=trusted).fault is None


@pytest.mark.parametrize(
    ("host", "told"), [("no-such.example.com", False), ("slow-dns.example.com", True)]
)
def test_a_name_that_is_not_resolved(host: str, told: bool) -> None:
    found = visited(f"https://{host}")
    assert reason(found) == "NameNotResolved"
    assert found.fault is not None
    assert found.fault.passing == told


def test_a_port_on_which_nobody_listens() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert reason(visited(f"https://127.0.0.1:{port}")) == "ConnectionRefused"


def test_a_server_without_tls() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"

        def speak() -> None:
            connection, _ = server.accept()
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP\n")
            connection.close()

        thread = threading.Thread(target=speak)
        thread.start()
        assert reason(visited(url)) in ("ServerSpeaksNoTls", "ConnectionBroken")
        thread.join()


NOT_ALLOWED = {
    "kind": "Status",
    "message": 'nodes is forbidden: User "system:serviceaccount:ml:look" cannot list resource',
}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotKubernetes"),
        (429, "ServerFailing"),
        (500, "ServerFailing"),
        (503, "ServerFailing"),
    ],
)
def test_a_refusal_is_told_by_its_status(cluster: TlsServer, status: int, told: str) -> None:
    cluster.script = lambda _: answer(status, NOT_ALLOWED)
    found = visited(cluster.url)
    assert (reason(found), found.refused_with) == (told, status)


def test_a_missing_right_is_told_with_who_lacks_it_and_the_commands(cluster: TlsServer) -> None:
    cluster.script = lambda request: (
        kubernetes(request) if request.path == "/version" else answer(403, NOT_ALLOWED)
    )
    found = visited(cluster.url)
    assert 'user "system:serviceaccount:ml:look"' in found.problem
    assert "--verb=list --resource=nodes" in found.problem
    assert found.problem.endswith("--serviceaccount=ml:look")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>", id="HTML"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 100_000, id="a deep one"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param([], id="a list"),
        pytest.param({"gitVersion": 7}, id="a number as version"),
        pytest.param({"gitVersion": f"v1.2 {TOKEN}"}, id="words as version"),
        pytest.param({"gitVersion": "v1.34.2", "items": {}}, id="nodes that are no list"),
        pytest.param({"gitVersion": "v1.34.2", "items": [7]}, id="a node that is a number"),
        pytest.param({"gitVersion": "v1.34.2", "items": [{"status": []}]}, id="an odd node"),
    ],
)
def test_an_answer_that_is_no_kubernetes(cluster: TlsServer, body: Any) -> None:
    cluster.script = lambda _: answer(200, body)
    assert reason(visited(cluster.url)) == "NotKubernetes"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(cluster: TlsServer, status: int) -> None:
    with serving(HERE, kubernetes) as elsewhere:
        to = f"Location: {elsewhere.url}/version\r\n"
        cluster.script = lambda _: answer(status, {}, to)
        found = visited(cluster.url)
        assert reason(found) == "NotKubernetes"
        assert "redirects are never followed" in found.problem
        assert elsewhere.connections == 0


def test_what_the_server_sends_back_of_the_token_is_masked(cluster: TlsServer) -> None:
    echo = {"message": f'User "{TOKEN}" is {TOKEN}'}
    cluster.script = lambda _: answer(403, echo, f"X-Echo: {TOKEN}\r\n")
    by = parse(text(config(cluster.url)))
    told = Line(by, DIALER).request("GET", f"{by.url}/version")
    assert TOKEN not in repr((told.data, told.headers, told.reason))
    assert reason(visited(cluster.url)) == "Forbidden"


def test_nothing_of_the_servers_own_words_is_repeated(cluster: TlsServer) -> None:
    cluster.script = lambda _: [b"HTTP/1.1 500 canary-phrase\r\nX-A: canary-header\r\n\r\ncanary"]
    assert "canary" not in visited(cluster.url).problem


def test_an_endless_list_of_nodes_ends(cluster: TlsServer) -> None:
    def endless(request: Request) -> list[bytes]:
        if request.path == "/version":
            return answer(200, VERSION)
        return answer(200, {"items": [{}], "metadata": {"continue": "for-ever"}})

    cluster.script = endless
    assert visited(cluster.url).nodes == 40


ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def flood(_: Request) -> Iterator[bytes]:
    yield ENDLESS
    while True:
        yield b"10000\r\n" + 65536 * b" " + b"\r\n"


def bomb(_: Request) -> list[bytes]:
    return answer(200, gzip.compress(64 * 1024 * 1024 * b" ", 1), "Content-Encoding: gzip\r\n")


@pytest.mark.parametrize("script", [flood, bomb])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    cluster: TlsServer, script: Answers
) -> None:
    cluster.script = script
    assert reason(visited(cluster.url)) == "NotKubernetes"


def dripping(server: TlsServer, first: bytes, drop: bytes) -> Answers:
    """For ever, a little at a time, so that no single read ever times out."""

    def script(_: Request) -> Iterator[bytes]:
        yield first
        while not server.stopping.wait(0.02):
            yield drop

    return script


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nA: ", b"b", id="in a header"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="before the answer"),
        pytest.param(ENDLESS, b"1\r\n \r\n", id="in the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b" ", id="in a body without an end"),
    ],
)
def test_a_server_that_drips_for_ever_is_cut_off(
    cluster: TlsServer, monkeypatch: pytest.MonkeyPatch, first: bytes, drop: bytes
) -> None:
    monkeypatch.setattr(line.Line.__init__, "__defaults__", (0.5, 0.5))
    cluster.script = dripping(cluster, first, drop)
    found = visited(cluster.url)
    assert reason(found) == "ServerTimedOut"
    assert found.fault is not None
    assert found.fault.slow


def test_a_server_that_never_shakes_hands_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line.Line.__init__, "__defaults__", (0.5, 0.5))
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        found = visited(f"https://127.0.0.1:{silent.getsockname()[1]}")
    assert reason(found) == "ServerTimedOut"


def test_a_connection_that_breaks_off(cluster: TlsServer) -> None:
    cluster.script = lambda _: []
    assert reason(visited(cluster.url)) == "ConnectionBroken"


def test_a_line_leads_to_its_own_server_only(cluster: TlsServer) -> None:
    by = parse(text(config(cluster.url)))
    with pytest.raises(ValueError, match="one server only"):
        Line(by, DIALER).request("GET", "https://127.0.0.1:1/version")
    with pytest.raises(ValueError, match="its own cluster only"):
        opened.with_kubeconfig(by, DIALER)(ApiServer("tiny", "https://127.0.0.1:1", ""))
    assert cluster.connections == 0
