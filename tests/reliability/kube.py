"""The management cluster, as its administrator uses it: few calls, over connections that stay."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from sigopt_operator.api import resource
from sigopt_sandbox.kubernetes import read_access

MERGE = "application/merge-patch+json"
OBJECTS = f"/apis/{resource.GROUP}/{resource.VERSION}"
SECONDS = 30.0

Object = dict[str, Any]


class KubeError(Exception):
    """The API server refused."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True)
class Watch:
    """Changes, one after the other, until the API server ends it or somebody calls `end`."""

    answer: urllib3.BaseHTTPResponse

    def __iter__(self) -> Iterator[Object]:
        """Wait for the next change."""
        try:
            yield from map(json.loads, _lines(self.answer))
        finally:
            self.answer.close()

    def end(self) -> None:
        """Let nobody wait any longer; an API server that ends would wait for those who do."""
        self.answer.shutdown()


@dataclass(frozen=True)
class Kube:
    """An API server and who asks it. Safe to use from many threads."""

    url: str
    token: str
    pool: urllib3.PoolManager

    @classmethod
    def of(cls, kubeconfig: Path) -> Kube:
        """As whom that kubeconfig says, by its token."""
        access = read_access(kubeconfig)
        trusting = ssl.create_default_context(cadata=access.authority.decode())
        pool = urllib3.PoolManager(maxsize=64, ssl_context=trusting, retries=False)
        return cls(access.server, access.token, pool)

    def __call__(
        self, method: str, path: str, body: Any = None, *, content: str = "application/json"
    ) -> Any:
        """The answer; KubeError when it is refused."""
        answer = self.pool.request(
            method,
            self.url + path,
            body=None if body is None else json.dumps(body).encode(),
            headers=self._headers | {"Content-Type": content},
            timeout=SECONDS,
        )
        if answer.status >= 400:
            raise KubeError(answer.status, answer.data.decode(errors="replace")[:500])
        return json.loads(answer.data)

    def find(self, path: str) -> Object | None:
        """What is there; None for nothing."""
        try:
            found: Object = self("GET", path)
        except KubeError as error:
            if error.status == 404:
                return None
            raise
        return found

    def watch(self, path: str) -> Watch:
        """Every change from now on, what there is first."""
        answer = self.pool.request(
            "GET",
            f"{self.url}{path}?watch=1",
            headers=self._headers,
            preload_content=False,
            timeout=urllib3.Timeout(connect=SECONDS, read=None),
        )
        if answer.status >= 400:
            raise KubeError(answer.status, answer.data.decode(errors="replace")[:500])
        return Watch(answer)

    @contextmanager
    def followed(self, path: str, note: Callable[[Object], None]) -> Iterator[None]:
        """Note every change in a thread while the block lasts, what there is first."""
        watch = self.watch(path)

        def follow() -> None:
            with suppress(HTTPError):  # that is how it ends
                for change in watch:
                    note(change)

        thread = Thread(target=follow, name="watch")
        thread.start()
        try:
            yield
        finally:
            watch.end()
            thread.join()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}


def _lines(answer: Any) -> Iterator[bytes]:
    waiting = b""
    for part in answer.stream(1 << 16, decode_content=True):
        *lines, waiting = (waiting + part).split(b"\n")
        yield from (line for line in lines if line)
