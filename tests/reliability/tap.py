"""Put into an operator's process by the lab: it notes every call that changes something, and kills.

Nothing of this is in the product: the libraries that send are wrapped after the fork, so that the
operator's own code is what runs. A process is killed (SIGKILL, nothing is cleaned up) just before a
call is sent, just after it was answered without the operator seeing the answer, or before the next
status is written; or it is told to end, while a call is about to be sent; or it is held after a
call, until something else is as it should be.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import aiohttp
from botocore.client import BaseClient
from kubernetes.client.rest import RESTClientObject
from tests.reliability.calls import (
    FINALIZERS,
    Call,
    aws_call,
    decoded,
    kube_call,
    parse_point,
    status_of,
)

from sigopt_operator.reconcile.saying import Saying
from sigopt_operator.runtime.queue import WorkQueue

T = TypeVar("T")
SECONDS = 30.0
"""That anything here may take at most; nothing is measured by it."""
LOOKS = 0.01
"""Seconds between two looks whether one that is held may go on."""


class When(StrEnum):
    """At which moment of a call the operator is killed."""

    BEFORE = "before"
    """It is not sent."""
    LOST = "lost"
    """It was sent and acted upon; the operator never sees the answer."""
    AFTER = "after"
    """The answer was seen; the next status is not written."""
    TERMINATED = "terminated"
    """It is told to end (SIGTERM) just before the call, knows of it, and then the call is sent."""


KILLED = (When.BEFORE, When.LOST, When.AFTER)
"""The moments of the matrix: SIGKILL, of which no process knows."""


@dataclass(frozen=True)
class Order:
    """What the lab wants of a process, in a file that is read anew at each call."""

    phase: str
    """Calls are counted anew in each phase."""
    kill: str = ""
    """The call, as `spelled`; empty: the process lives."""
    when: str = When.BEFORE
    hold: str = ""
    """The operation after whose answer the operator goes no further while the order stands."""

    def write(self, path: Path) -> None:
        """Give the order, at once."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)))
        partial.rename(path)

    @classmethod
    def read(cls, path: Path) -> Order:
        """The order that stands."""
        return cls(**json.loads(path.read_text()))


@dataclass(frozen=True)
class Wiring:
    """Where a tap writes, and what it asks."""

    order: Path
    journal: Path
    dump_url: str
    """Everything that the account has in the simulated AWS: asked just before a status is sent."""
    management: str
    """The URL of the management cluster's API server."""

    @classmethod
    def of(cls, told: dict[str, str]) -> Wiring:
        """The wiring from its fields as text."""
        files = Path(told["order"]), Path(told["journal"])
        return cls(*files, dump_url=told["dump_url"], management=told["management"])


class Tap:
    """Stands between an operator and everything that it sends to."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._journal = os.open(wiring.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._counts: Counter[Call] = Counter()
        self._order = Order("")
        self._read_at = (0, 0)
        self._doomed = False
        self._ending = threading.Event()
        self._telling = threading.local()

    def install(self) -> None:
        """Wrap botocore, the Kubernetes client and aiohttp, for this process."""
        self._wrap_botocore()
        self._wrap_kubernetes()
        self._wrap_aiohttp()
        self._wrap_queue()
        self._wrap_saying()

    def sent(self, call: Call, body: Any = None) -> int:
        """Note that a call is about to be sent, unless the process is to die; its ordinal."""
        with self._lock:
            self._refresh()
            if call.is_read:
                self._note("read", call, 0)
                return 0
            self._counts[call] += 1
            ordinal = self._counts[call]
        if self._meant(call, ordinal, When.BEFORE) or (self._doomed and call.is_status):
            self._die(call, ordinal)
        if self._meant(call, ordinal, When.TERMINATED):
            self._terminate(call, ordinal)
        self._note("sent", call, ordinal, **self._told(call, body))
        return ordinal

    def answered(self, call: Call, ordinal: int, error: str = "") -> None:
        """Note what came of it, unless the process is to die without knowing.

        What was refused changed nothing, and is not counted: the next one has its ordinal.
        """
        if call.is_read:
            return
        self._note("answered", call, ordinal, error=error)
        if error:
            with self._lock:
                self._counts[call] -= 1
            return
        if self._meant(call, ordinal, When.LOST):
            self._die(call, ordinal)
        if self._meant(call, ordinal, When.AFTER):
            self._doomed = True

    def _hold(self, call: Call) -> None:
        until = time.monotonic() + SECONDS
        while self._order.hold == call.op:
            time.sleep(LOOKS)
            if time.monotonic() > until:
                raise AssertionError(f"nobody lets it go on after {call.op}")
            with self._lock:
                self._refresh()

    def _refresh(self) -> None:
        found = self._wiring.order.stat()
        stamp = found.st_mtime_ns, found.st_ino
        if stamp == self._read_at:
            return
        self._read_at = stamp
        order = Order.read(self._wiring.order)
        if order.phase != self._order.phase:
            self._counts.clear()
            self._doomed = False
        self._order = order

    def _meant(self, call: Call, ordinal: int, when: When) -> bool:
        if not self._order.kill or self._order.when != when:
            return False
        return parse_point(self._order.kill) == (call, ordinal)

    def _told(self, call: Call, body: Any) -> dict[str, Any]:
        """What is judged later: a status or an event, and what AWS had just before it was said."""
        if call.is_status:
            return {"status": status_of(body), "dump": self._dump()}
        if call.op == FINALIZERS and call.subject == "taken off":
            return {"dump": self._dump()}
        return {"body": body} if body else {}

    def _dump(self) -> Any:
        with urllib.request.urlopen(self._wiring.dump_url, timeout=SECONDS) as answer:
            return json.loads(answer.read())

    def _die(self, call: Call, ordinal: int) -> NoReturn:
        self._note("killed", call, ordinal)
        os.kill(os.getpid(), signal.SIGKILL)
        threading.Event().wait()  # for the moment until the kernel did it
        raise AssertionError("it was killed")

    def _terminate(self, call: Call, ordinal: int) -> None:
        """As the kubelet does; returns when the operator hands out no more work."""
        os.kill(os.getpid(), signal.SIGTERM)
        if not self._ending.wait(SECONDS):
            raise AssertionError("SIGTERM changes nothing")
        self._note("terminated", call, ordinal)

    def _note(self, what: str, call: Call, ordinal: int, **more: Any) -> None:
        line = {"at": time.time(), "what": what, "phase": self._order.phase}
        line |= {"op": call.op, "subject": call.subject, "ordinal": ordinal, **more}
        os.write(self._journal, json.dumps(line).encode() + b"\n")

    def _wrap_botocore(self) -> None:
        client: Any = BaseClient
        make, tap = client._make_api_call, self

        def made(self: Any, operation_name: str, api_params: Any) -> Any:
            call = aws_call(self.meta.service_model.service_name, operation_name, api_params)
            return tap._around(call, api_params, lambda: make(self, operation_name, api_params))

        client._make_api_call = made

    def _wrap_kubernetes(self) -> None:
        client: Any = RESTClientObject
        request, tap = client.request, self

        def requested(self: Any, method: str, url: str, *rest: Any, **named: Any) -> Any:
            body = decoded(named.get("body", rest[1] if len(rest) > 1 else None))
            inside = not url.startswith(tap._wiring.management)
            call = kube_call(method, url, body, inside=inside)
            if call is not None and call.is_read and getattr(tap._telling, "amid", False):
                call = None  # once more, amid a round: none begins with it
            return tap._around(call, body, lambda: request(self, method, url, *rest, **named))

        client.request = requested

    def _wrap_aiohttp(self) -> None:
        client: Any = aiohttp.ClientSession
        request, tap = client._request, self

        async def requested(self: Any, method: str, url: Any, **named: Any) -> Any:
            body = decoded(named.get("json") or named.get("data"))
            call = kube_call(method.upper(), str(url), body, inside=False)
            call = None if call is not None and call.is_read else call  # no round's, but a watch's
            return await tap._around_async(call, body, lambda: request(self, method, url, **named))

        client._request = requested

    def _wrap_queue(self) -> None:
        queue: Any = WorkQueue
        close, tap = queue.close, self

        def closed(self: Any) -> None:
            close(self)
            tap._ending.set()

        queue.close = closed

    def _wrap_saying(self) -> None:
        saying: Any = Saying
        beforehand, tap = saying.beforehand, self

        def told(self: Any, of: Any) -> Any:
            tap._telling.amid = True
            try:
                return beforehand(self, of)
            finally:
                tap._telling.amid = False

        saying.beforehand = told

    def _around(self, call: Call | None, body: Any, send: Callable[[], T]) -> T:
        if call is None:
            return send()
        ordinal = self.sent(call, body)
        try:
            answer = send()
        except Exception as error:
            self.answered(call, ordinal, f"{type(error).__name__}: {error}")
            raise
        self.answered(call, ordinal, _refusal(answer))
        self._hold(call)
        return answer

    async def _around_async(
        self, call: Call | None, body: Any, send: Callable[[], Awaitable[T]]
    ) -> T:
        if call is None:
            return await send()
        ordinal = self.sent(call, body)
        try:
            answer = await send()
        except BaseException as error:  # also cancelled: it is not under way any more
            self.answered(call, ordinal, f"{type(error).__name__}: {error}")
            raise
        self.answered(call, ordinal, _refusal(answer))
        return answer


def _refusal(answer: Any) -> str:
    """What an API server refused, by the answer's HTTP status; boto3 raises instead."""
    status = getattr(answer, "status", 200)
    return f"HTTP {status}" if isinstance(status, int) and status >= 400 else ""
