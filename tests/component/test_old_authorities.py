"""An authority without key identifiers, such as old EKS clusters have, is trusted on every Python.

From 3.13 on Python refuses it by default. Here every Python does.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3.util.ssl_
from kubernetes.client import ApiClient, VersionApi
from tests.fakes.authority import Authority, Pair, b64
from tests.fakes.kubeconfigs import AUTHORITY, DIALER, config, text
from tests.fakes.tls_server import TlsServer, answer, serving
from tests.fakes.wire import Wire
from tests.fakes.wire import wire as wire  # a fixture

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import ClientSource
from sigopt_operator.cluster.api import Open, ask, with_eks_token
from sigopt_operator.cluster.custom.kubeconfig import parse
from sigopt_operator.cluster.custom.opened import with_kubeconfig
from sigopt_operator.cluster.lenient import lenient
from sigopt_operator.handlers.connecting import connection, session
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.login import Login
from sigopt_operator.runtime.connection import aio_api_client, configuration
from sigopt_operator.runtime.kube import KubernetesManagementApi

HERE = AUTHORITY.pair("127.0.0.1")
"""Its authority's certificate has basic constraints and no other extension."""
PAST = datetime(2020, 1, 1, tzinfo=UTC)
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "uid": "1"}}
JSON = "Content-Type: application/json\r\n"
REFUSED = "(?i)certificate verify failed"

Way = Callable[[Path, str], Awaitable[None]]
"""Asks the server of a kubeconfig, and of a URL, for something."""


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python 3.13 sets by default, and urllib3 on it."""
    made = ssl.create_default_context

    def context(*args: Any, **kwargs: Any) -> ssl.SSLContext:
        found = made(*args, **kwargs)
        found.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        return found

    monkeypatch.setattr(ssl, "create_default_context", context)
    monkeypatch.setattr(urllib3.util.ssl_, "sys", SimpleNamespace(version_info=(3, 13)))


async def by_kopf(kubeconfig: Path, url: str) -> None:
    made = session(connection(configuration(kubeconfig)))
    async with made.aiohttp_session as asked, asked.get(f"{url}/version") as response:
        assert response.status == 200


async def by_the_aio_client(kubeconfig: Path, url: str) -> None:
    async with await aio_api_client(kubeconfig) as api:
        assert (await api.call_api("GET", f"{url}/version")).status == 200


async def by_the_client(kubeconfig: Path, _: str) -> None:
    api = KubernetesManagementApi(configuration(kubeconfig), reporter="me")
    assert api.read_secret("ml", "keys") == {}


def by(opens: Open, url: str, authority: str) -> None:
    with opens(ApiServer("tiny", url, authority)) as client:
        assert ask(client, "GET", "/version") == SECRET


async def by_a_tenants_kubeconfig(kubeconfig: Path, url: str) -> None:
    by(with_kubeconfig(parse(kubeconfig.read_bytes()), DIALER), url, "")


@pytest.fixture
def by_token(wire: Wire) -> Way:
    source = ClientSource(lambda _namespace, _name: None, Budgets(Time()))
    opens = with_eks_token(source.clients(Login("ml"), "us-west-2"))

    async def asked(_: Path, url: str) -> None:
        by(opens, url, b64(AUTHORITY.pem))

    return asked


MANAGEMENT = [by_kopf, by_the_aio_client, by_the_client]


@pytest.fixture(params=[*MANAGEMENT, by_a_tenants_kubeconfig, by_token])
def way(request: pytest.FixtureRequest) -> Way:
    """Each way of the operator to an API server."""
    found: Way = request.param
    return request.getfixturevalue("by_token") if found is by_token else found


@pytest.fixture
def server() -> Iterator[TlsServer]:
    with serving(HERE, lambda _: answer(200, SECRET, JSON)) as found:
        yield found


def written(at: Path, url: str, **fields: Any) -> Path:
    path = at / "kubeconfig"
    path.write_bytes(text(config(url, **fields)))
    return path


def test_python_refuses_it(server: TlsServer, tmp_path: Path) -> None:
    """Or nothing would be tried here."""
    found = configuration(written(tmp_path, server.url))
    assert connection(found).as_ssl_context().verify_flags & ssl.VERIFY_X509_STRICT
    with pytest.raises(urllib3.exceptions.MaxRetryError, match=REFUSED), ApiClient(found) as api:
        VersionApi(api).get_code()


async def test_the_operator_does_not(server: TlsServer, way: Way, tmp_path: Path) -> None:
    await way(written(tmp_path, server.url), server.url)


def test_that_flag_alone_is_taken_off() -> None:
    before = ssl.create_default_context()
    after = lenient(ssl.create_default_context())
    assert after.verify_flags == before.verify_flags & ~ssl.VERIFY_X509_STRICT
    assert after.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    assert (after.verify_mode, after.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(Authority().pair("127.0.0.1"), id="of another authority"),
        pytest.param(AUTHORITY.pair("cluster.example.com"), id="for another name"),
        pytest.param(AUTHORITY.pair("127.0.0.1", ends=PAST), id="expired"),
    ],
)
async def test_it_refuses_all_else(pair: Pair, way: Way, tmp_path: Path) -> None:
    with serving(pair, lambda _: answer(200, SECRET, JSON)) as server:
        with pytest.raises(Exception, match=REFUSED):
            await way(written(tmp_path, server.url), server.url)
        assert server.asked == []


@pytest.mark.parametrize("way", [*MANAGEMENT, by_a_tenants_kubeconfig])
async def test_a_client_certificate_is_shown(way: Way, tmp_path: Path) -> None:
    client = AUTHORITY.pair()
    shown = {
        "token": None,
        "client-certificate-data": b64(client.certificate),
        "client-key-data": b64(client.key),
    }
    with serving(HERE, lambda _: answer(200, SECRET, JSON), AUTHORITY.pem) as server:
        await way(written(tmp_path, server.url, user=shown), server.url)
        assert "authorization" not in server.asked[0].headers


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("way", MANAGEMENT)
async def test_a_kubeconfig_may_leave_verification_out(way: Way, tmp_path: Path) -> None:
    """That of the operator itself, such as kubectl would take it."""
    skipping = {"certificate-authority-data": None, "insecure-skip-tls-verify": True}
    with serving(Authority().pair("other"), lambda _: answer(200, SECRET, JSON)) as server:
        await way(written(tmp_path, server.url, cluster=skipping), server.url)


@pytest.mark.parametrize("way", MANAGEMENT)
async def test_without_an_authority_the_systems_are_trusted(
    way: Way, server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "system.pem").write_text(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    of_system = {"certificate-authority-data": None}
    await way(written(tmp_path, server.url, cluster=of_system), server.url)
