"""What stands before the management cluster answers in its place: that says nothing at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import pytest
from kubernetes import client

from sigopt_operator.plan.kubeconfig.secret import Place
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import KubernetesManagementApi

KEY = Key("ml", "tiny")
PAGES: Final = {
    "text/html": b"<html><body>Sign in</body></html>",
    "application/json": b'{"kind": "Sec',
}


class Page(BaseHTTPRequestHandler):
    """Answers everything with 200 and the page of the path's first part."""

    kind = ""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(PAGES[self.kind])))
        self.end_headers()
        self.wfile.write(PAGES[self.kind])

    do_GET = do_POST = do_PATCH = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - http.server's name
        """Nothing."""


@pytest.fixture(params=PAGES)
def api(request: pytest.FixtureRequest) -> Iterator[KubernetesManagementApi]:
    handler = type("OfThisKind", (Page,), {"kind": request.param})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        configuration = client.Configuration()
        configuration.host = f"http://127.0.0.1:{server.server_port}"
        yield KubernetesManagementApi(configuration, reporter="me")
        server.shutdown()
        thread.join()


def test_a_resource_is_neither_there_nor_gone(api: KubernetesManagementApi) -> None:
    with pytest.raises(ManagementApiError):
        api.read(KEY)


def test_a_secret_is_not_empty(api: KubernetesManagementApi) -> None:
    with pytest.raises(ManagementApiError):
        api.read_secret("ml", "keys")


def test_an_event_is_in_nobodys_way(api: KubernetesManagementApi) -> None:
    api.event(KEY, "uid", "Normal", "Creating", "the network")


@pytest.mark.parametrize("to_be_deleted", [False, True])
def test_a_secret_of_ours_is_neither_there_nor_gone(
    api: KubernetesManagementApi, *, to_be_deleted: bool
) -> None:
    with pytest.raises(ManagementApiError):
        api.secret_store.find(
            Place("ml", "tiny-kubeconfig"), "uid", "tiny", to_be_deleted=to_be_deleted
        )
