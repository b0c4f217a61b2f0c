"""The connection to the server of a kubeconfig, in the place of the official client's own pool.

The server is somebody's. So: only to the address that was judged, no redirect followed, no proxy of
the environment used, every answer whole within seconds and of a size that fits into memory, and
nothing of the server's own words kept but the body, with the token masked where that comes back.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

from urllib3 import HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPSConnection
from urllib3.util import parse_url

from sigopt_operator.cluster.bounded import MOST_BYTES, Answer, AnswerTooLargeError
from sigopt_operator.cluster.custom.dialer import Dialer
from sigopt_operator.cluster.custom.kubeconfig import Kubeconfig

REQUEST_WITHIN: Final = 10.0
"""Seconds for one request, from connecting to the last byte of the answer."""
ALL_WITHIN: Final = 20.0
"""Seconds for all requests over one line: a server that is slow each time is slow."""
MASK: Final = b"[redacted]"
KEPT_HEADERS: Final = ("content-type", "retry-after")


class Line:
    """To one server, for one after the other of the requests of one client."""

    def __init__(
        self,
        to: Kubeconfig,
        dialer: Dialer,
        request_within: float = REQUEST_WITHIN,
        all_within: float = ALL_WITHIN,
    ) -> None:
        """Nothing is connected to yet; `within` is seconds."""
        self._token = (to.credentials.token or "").encode()
        self._within = request_within
        self._until = time.monotonic() + all_within
        self._cable = _Cable(dialer)
        self._pool = _Pool(
            to.host,
            to.port,
            maxsize=1,
            retries=False,
            cert_reqs="CERT_REQUIRED",
            ssl_context=to.tls,
            server_hostname=to.server_name,
            cable=self._cable,
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | None = None,
        **_of_others: Any,
    ) -> Answer:
        """One request, and the whole answer; TimeoutError, AnswerTooLargeError or urllib3's."""
        if not self._pool.is_same_host(url):
            raise ValueError("a line leads to one server only")
        with self._in_time():
            response = self._pool.urlopen(
                method,
                parse_url(url).request_uri,
                body=body,
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            data = response.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                response.close()
                raise AnswerTooLargeError(f"an answer of more than {MOST_BYTES} bytes")
        told = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        masked = data.replace(self._token, MASK) if self._token else data
        return Answer(response.status, _phrase(response.status), masked, told)

    def clear(self) -> None:
        """Hang up; the official client calls it when it is closed."""
        self._pool.close()
        self._cable.drop()

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Cut the connection when the time is up: a server may drip for ever, byte by byte."""
        left = min(self._within, self._until - time.monotonic())
        if left <= 0:
            raise TimeoutError("no time is left for more requests")
        alarm = threading.Timer(left, self._cable.cut)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        except Exception:
            if self._cable.was_cut:
                raise TimeoutError(f"no whole answer within {self._within:.0f} s") from None
            raise
        finally:
            alarm.cancel()
        if self._cable.was_cut:  # what was read may be a part
            raise TimeoutError(f"no whole answer within {self._within:.0f} s")


class _Cable:
    """The sockets below TLS, to be cut from another thread than the one that reads."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self.was_cut = False

    def lay(self, host: str, port: int, within: float) -> socket.socket:
        connected = self._dialer.dial(host, port, within)
        with self._lock:
            if self.was_cut:
                connected.close()
                raise TimeoutError("connected too late")
            # TLS takes the socket itself over; its double is the same connection.
            self._ends.append(connected.dup())
        return connected

    def cut(self) -> None:
        with self._lock:
            self.was_cut = True
            for end in self._ends:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # gone already

    def drop(self) -> None:
        with self._lock:
            for end in self._ends:
                end.close()
            self._ends.clear()


class _Connection(HTTPSConnection):
    """Connects by cable."""

    def __init__(self, *args: Any, cable: _Cable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cable = cable

    def _new_conn(self) -> socket.socket:
        within = self.timeout if isinstance(self.timeout, int | float) else REQUEST_WITHIN
        return self._cable.lay(self._dns_host, self.port, within)


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown"
