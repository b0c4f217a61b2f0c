"""What the management cluster's API should not answer is no answer: told, and asked again.

A proxy's page with status 200, a list for an object, a Secret whose values are none: never taken
for a Secret that lacks its keys, nor for a resource, and never a traceback.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml
from kubernetes.aio import client
from tests.fakes.authority import Authority, b64
from tests.fakes.tls_server import TlsServer, answer, serving

from sigopt_operator.plan.kubeconfig.secret import Place, Secret
from sigopt_operator.runtime import crd
from sigopt_operator.runtime.connection import aio_api_client, configuration
from sigopt_operator.runtime.edits import GONE, generations
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import KubernetesManagementApi
from sigopt_operator.runtime.lease import Lease, Standing
from sigopt_operator.runtime.settings import Settings

KEY = Key("ml", "tiny")
META = {"name": "keys", "uid": "1"}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": META}
NONSENSE = [
    pytest.param(b"<html>please log in: canary</html>", id="a page"),
    pytest.param(b"", id="nothing"),
    pytest.param(b"null", id="null"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b'"canary"', id="a text"),
    pytest.param(b"{}", id="an object of no kind"),
    pytest.param(b'{"kind": "Status", "status": "Success"}', id="a status"),
    pytest.param(json.dumps(SECRET).encode()[:-9], id="cut off"),
    pytest.param(b'{"a":' * 50_000, id="nested without end"),
    pytest.param(b"\xff\xfe\x00", id="bytes"),
    pytest.param(b'{"kind": "SecretList", "items": []}', id="a list of Secrets"),
    pytest.param(b'{"kind": "Secret"}', id="a Secret without metadata"),
    pytest.param(b'{"kind": "SigOptCluster", "spec": {}}', id="a resource without metadata"),
    pytest.param(
        b'{"kind": "SigOptCluster", "metadata": {"generation": "x"}}', id="a resource of no age"
    ),
]
DATA = [
    pytest.param({"a": 1}, id="a number"),
    pytest.param({"a": None}, id="nothing"),
    pytest.param({"a": ["Y2FuYXJ5"]}, id="a list"),
    pytest.param({"a": "canary"}, id="no base64"),
    pytest.param({"a": "Y2Fu\u00fc"}, id="other letters"),
    pytest.param(["Y2FuYXJ5"], id="not by name"),
    pytest.param("Y2FuYXJ5", id="one value"),
]


class Server:
    """An API server with one answer."""

    def __init__(self, server: TlsServer, kubeconfig: Path) -> None:
        self._server = server
        self.kubeconfig = kubeconfig
        self.api = KubernetesManagementApi(configuration(kubeconfig), reporter="me")

    def answers(self, body: object, status: int = 200) -> None:
        self._server.script = lambda _: answer(status, body, "Content-Type: application/json\r\n")

    def answers_at(self, bodies: Mapping[str, object]) -> None:
        """By path."""
        json_type = "Content-Type: application/json\r\n"
        self._server.script = lambda asked: answer(
            200, bodies[asked.path.partition("?")[0].rstrip("/")], json_type
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    authority = Authority()
    with serving(authority.pair("127.0.0.1"), lambda _: answer(500, b"")) as running:
        cluster = {"server": running.url, "certificate-authority-data": b64(authority.pem)}
        kubeconfig = {
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(kubeconfig))
        yield Server(running, path)


def no_answer(ask: Callable[[], object]) -> None:
    with pytest.raises(ManagementApiError) as told:
        ask()
    assert "canary" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("body", NONSENSE)
def test_what_is_no_secret_is_not_taken_for_one(server: Server, body: bytes) -> None:
    server.answers(body)
    no_answer(lambda: server.api.read_secret("ml", "keys"))
    place = Place("ml", "tiny-kubeconfig")
    no_answer(lambda: server.api.secret_store.find(place, "u", "tiny", to_be_deleted=False))


@pytest.mark.parametrize("body", NONSENSE)
def test_only_the_api_server_says_that_there_is_none(server: Server, body: bytes) -> None:
    place = Place("ml", "tiny-kubeconfig")
    server.answers(body, status=404)
    for ask in (
        lambda: server.api.read(KEY),
        lambda: server.api.read_secret("ml", "keys"),
        lambda: server.api.secret_store.find(place, "u", "tiny", to_be_deleted=False),
    ):
        with pytest.raises(ManagementApiError):
            ask()
    server.answers({"kind": "Status", "details": {"name": "keys", "kind": "secrets"}}, status=404)
    assert server.api.read(KEY) is None
    assert server.api.read_secret("ml", "keys") is None
    assert server.api.secret_store.find(place, "u", "tiny", to_be_deleted=False) is None


@pytest.mark.parametrize("data", DATA)
def test_a_secret_whose_values_are_none_is_not_taken_for_one(server: Server, data: object) -> None:
    server.answers({**SECRET, "data": data})
    no_answer(lambda: server.api.read_secret("ml", "keys"))
    place = Place("ml", "tiny-kubeconfig")
    marks = {"labels": {"orchestrate.sigopt.com/cluster-uid": "u"}}
    server.answers({**SECRET, "metadata": {**META, **marks}, "data": data})
    no_answer(lambda: server.api.secret_store.find(place, "u", "tiny", to_be_deleted=False))


@pytest.mark.parametrize("body", NONSENSE)
def test_what_is_no_resource_is_not_taken_for_one(server: Server, body: bytes) -> None:
    server.answers(body)
    no_answer(lambda: server.api.read(KEY))


@pytest.mark.parametrize("body", NONSENSE)
async def test_what_has_no_generation_is_no_edit(server: Server, body: bytes) -> None:
    """An exception here would end the handler that waits for a deletion."""
    server.answers(body)
    async with generations(server.kubeconfig) as asked:
        assert await asked.of(KEY) is None


NOT_FOUND = {"kind": "Status", "reason": "NotFound", "details": {"name": KEY.name}}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(NOT_FOUND, GONE, id="of the resource"),
        pytest.param(b"404 page not found", None, id="of what serves its kind"),
    ],
)
async def test_a_resource_that_is_gone_is_told_from_one_that_nothing_is_known_of(
    server: Server, body: object, told: int | None
) -> None:
    """Its finalizer was taken off by hand: the handler has to look, not to wait for an edit."""
    server.answers(body, 404)
    async with generations(server.kubeconfig) as asked:
        assert await asked.of(KEY) == told


@pytest.mark.parametrize("body", NONSENSE)
def test_what_follows_an_event_harms_nobody(server: Server, body: bytes) -> None:
    """Only how often it was said is not known then."""
    server.answers(body)
    server.api.event(KEY, "uid", "Warning", "Reason", "message")


@pytest.mark.parametrize("data", DATA)
def test_what_follows_a_secret_that_was_written_is_not_looked_at(
    server: Server, data: object
) -> None:
    """It is read again in the next round; the client's complaint would quote it."""
    server.answers({**SECRET, "data": data})
    place = Place("ml", "tiny-kubeconfig")
    server.api.secret_store.apply(Secret(place, "u", "Opaque", {"value": "canary"}), "1")
    server.api.secret_store.release(place, "1")
    server.api.secret_store.delete(place, "1")


@asynccontextmanager
async def lease_of(server: Server) -> AsyncIterator[Lease]:
    api = await aio_api_client(server.kubeconfig)
    try:
        yield Lease(client.CoordinationV1Api(api), namespace="ml", name="lease", holder="me")
    finally:
        await api.close()


def lease_held_by(holder: str) -> dict[str, object]:
    meta = {"name": "lease", "uid": "1", "resourceVersion": "1"}
    return {"kind": "Lease", "metadata": meta, "spec": {"holderIdentity": holder}}


@pytest.mark.parametrize("body", NONSENSE)
async def test_what_is_no_lease_says_of_nobody_that_it_is_theirs(
    server: Server, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception here would end the process, with a traceback that quotes the answer."""
    async with lease_of(server) as lease:
        for before in (None, lease_held_by("me")):
            if before:
                server.answers(before)
                assert await lease._attempt(3) is Standing.OURS
            server.answers(body)
            assert await lease._attempt(3) is Standing.UNKNOWN
            assert lease.obstacle == (
                "the lease could not be taken or renewed: the answer is no Lease"
            )
    assert "canary" not in caplog.text


async def test_a_certificate_that_nobody_trusts_is_told_of_a_lease(
    server: Server, tmp_path: Path
) -> None:
    """Its error is a ValueError too."""
    kubeconfig = yaml.safe_load(server.kubeconfig.read_text())
    kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"] = b64(Authority().pem)
    server.kubeconfig.write_text(yaml.safe_dump(kubeconfig))
    async with lease_of(server) as lease:
        assert await lease._attempt(3) is Standing.UNKNOWN
        assert "certificate verify failed" in str(lease.obstacle)


GROUPS = {
    "kind": "APIGroupList",
    "groups": [{"name": "orchestrate.sigopt.com", "versions": []}],
}
KINDS = {
    "kind": "APIResourceList",
    "groupVersion": "orchestrate.sigopt.com/v1alpha1",
    "resources": [
        {
            "name": "sigoptclusters",
            "singularName": "sigoptcluster",
            "kind": "SigOptCluster",
            "namespaced": True,
            "verbs": ["list", "watch"],
        }
    ],
}
LIST = {"kind": "SigOptClusterList", "items": []}
REVIEW = {"kind": "SelfSubjectAccessReview", "spec": {}, "status": {"allowed": True}}
START = [
    ("/apis", GROUPS),
    ("/apis/orchestrate.sigopt.com/v1alpha1", KINDS),
    ("/apis/orchestrate.sigopt.com/v1alpha1/sigoptclusters", LIST),
    ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", REVIEW),
]
"""What is asked before the watch begins, and what is right."""


@pytest.mark.parametrize("path", [path for path, _ in START])
@pytest.mark.parametrize("body", NONSENSE)
async def test_a_watch_waits_for_an_api_server_that_answers_nonsense(
    server: Server,
    body: bytes,
    path: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An exception here would end the process, with a traceback that quotes the answer."""
    monkeypatch.setattr(crd, "EVERY", 0)
    server.answers_at(dict(START) | {path: body})
    settings = Settings(kubeconfig=server.kubeconfig, standalone=True)
    waits = lambda: server.answers_at(dict(START))  # noqa: E731 # the next time it is right
    async with asyncio.timeout(30):
        await crd.served(settings, waits)
    assert "answers, but not as Kubernetes does" in caplog.text
    assert "canary" not in caplog.text


def test_what_is_right_is_read(server: Server) -> None:
    server.answers({**SECRET, "data": {"a": "b25l"}})
    assert server.api.read_secret("ml", "keys") == {"a": b"one"}
    server.answers(SECRET)
    assert server.api.read_secret("ml", "keys") == {}
