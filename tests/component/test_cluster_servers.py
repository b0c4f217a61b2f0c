"""What may answer at the address of an EKS cluster: however much it is, others go on."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from tests.fakes.authority import Authority, b64
from tests.fakes.tls_server import Request, TlsServer, answer, serving
from tests.fakes.wire import Wire
from tests.fakes.wire import wire as wire  # a fixture
from tests.fakes.world import cluster

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import ClientSource
from sigopt_operator.cluster import api, bounded
from sigopt_operator.cluster.api import Open, ask, with_eks_token
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.snapshot import Cluster
from sigopt_operator.workload.connect import connect
from sigopt_operator.workload.survey import survey

AUTHORITY = Authority()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


@pytest.fixture
def opens(wire: Wire) -> Open:
    """As the operator opens the API of an EKS cluster."""
    source = ClientSource(lambda _namespace, _name: None, Budgets(Time()))
    return with_eks_token(source.clients(Login("ml"), "us-west-2"))


@pytest.fixture
def server() -> Iterator[TlsServer]:
    with serving(AUTHORITY.pair("127.0.0.1"), lambda _: answer(200, {})) as found:
        yield found


def standing(server: TlsServer) -> Cluster:
    """An EKS cluster whose API is there."""
    return replace(cluster(), endpoint=server.url, certificate_authority=b64(AUTHORITY.pem))


def asked(opens: Open, server: TlsServer) -> Any:
    with opens(ApiServer("tiny", server.url, b64(AUTHORITY.pem))) as client:
        return ask(client, "GET", "/version")


def endless(_: Request) -> Iterable[bytes]:
    return itertools.chain([HEAD, b'{"items": ["'], itertools.repeat(b"a" * 65536))


def many(_: Request) -> Iterable[bytes]:
    return answer(200, b'{"items": [' + b"[]," * 1_000_000 + b"[]]}")


def deep(_: Request) -> Iterable[bytes]:
    return answer(200, b"[" * 100_000 + b"]" * 100_000)


TOO_MUCH = pytest.mark.parametrize(
    "script",
    [
        pytest.param(endless, id="without end"),
        pytest.param(many, id="millions of parts"),
        pytest.param(deep, id="thousands of levels"),
    ],
)


def test_what_a_cluster_answers_is_read(opens: Open, server: TlsServer) -> None:
    server.script = lambda _: answer(200, {"gitVersion": "v1.34.2"})
    assert asked(opens, server) == {"gitVersion": "v1.34.2"}
    assert server.asked[0].headers["authorization"].startswith("Bearer k8s-aws-v1.")


@TOO_MUCH
def test_an_answer_that_is_too_large_is_read_no_further(
    opens: Open, server: TlsServer, script: Callable[[Request], Iterable[bytes]]
) -> None:
    server.script = script
    with pytest.raises(ValueError, match="an answer of"):
        asked(opens, server)


@TOO_MUCH
def test_it_is_said_like_any_other_that_cannot_be_read(
    opens: Open, server: TlsServer, script: Callable[[Request], Iterable[bytes]]
) -> None:
    server.script = script
    assert connect(opens, standing(server)).problem
    assert "does not answer" in survey(opens, standing(server)).problem


def test_pages_without_end_are_read_for_so_long_and_no_longer(
    opens: Open, server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them comes at once: it is all of them that would hold a worker."""
    server.script = lambda _: answer(200, {"items": [], "metadata": {"continue": "more"}})
    monkeypatch.setattr(bounded, "ALL_WITHIN", -1.0)
    assert "TimeoutError" in survey(opens, standing(server)).problem
    assert server.asked == []


def test_one_that_drips_is_cut_off(
    opens: Open, server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(_: Request) -> Iterable[bytes]:
        yield HEAD + b'{"a": "'
        while not server.stopping.wait(0.05):
            yield b"a"

    monkeypatch.setattr(api, "WITHIN", 0.5)
    server.script = drip
    with pytest.raises(TimeoutError):
        asked(opens, server)


def test_one_that_does_not_answer_in_time_is_slow(
    opens: Open, server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is tested less often."""

    def silent(_: Request) -> Iterable[bytes]:
        server.stopping.wait()
        return []

    monkeypatch.setattr(api, "TIMEOUT", (3, 0.2))
    server.script = silent
    assert connect(opens, standing(server)).slow
    server.script = lambda _: answer(503, {})
    assert not connect(opens, standing(server)).slow


def test_a_compressed_one_is_not_unpacked(opens: Open, server: TlsServer) -> None:
    """Some kilobytes may be a gigabyte."""
    told = gzip.compress(b'{"gitVersion": "v1.34.2"}')
    server.script = lambda _: answer(200, told, "Content-Encoding: gzip\r\n")
    with pytest.raises(ValueError, match="decode"):
        asked(opens, server)


def test_a_redirect_is_not_followed(opens: Open, server: TlsServer) -> None:
    elsewhere = f"Location: https://127.0.0.1:{server.port}/elsewhere\r\n"
    server.script = lambda _: answer(302, {}, elsewhere)
    with pytest.raises(ApiException, match="302"):
        asked(opens, server)
    assert [request.path for request in server.asked] == ["/version"]


def test_the_largest_page_that_is_asked_for_has_room(opens: Open, server: TlsServer) -> None:
    pod = {f"key-{n}": {"name": "x" * 40, "value": n} for n in range(120)}
    server.script = lambda _: answer(200, {"items": [pod] * 500})
    assert len(asked(opens, server)["items"]) == 500
    assert len(str(pod)) * 500 < bounded.MOST_BYTES
