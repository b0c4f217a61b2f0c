"""A server behind TLS on 127.0.0.1 that answers what a test scripts, byte by byte if it likes."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.fakes.authority import Pair


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


Script = Callable[[Request], Iterable[bytes]]
"""The answer in pieces; the connection is closed after the last."""


@dataclass
class TlsServer:
    """Remembers what it was asked."""

    port: int
    script: Script
    asked: list[Request] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


def answer(status: int, body: Any, headers: str = "") -> list[bytes]:
    """A whole answer; a body that is not bytes is written as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Odd\r\nContent-Length: {len(data)}\r\nConnection: close\r\n{headers}"
    return [f"{head}\r\n".encode() + data]


@contextmanager
def serving(pair: Pair, script: Script, client_authority: str | None = None) -> Iterator[TlsServer]:
    """A server with that certificate; with an authority it demands a client's certificate."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        (directory / "pem").write_text(pair.certificate + pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "pem")
        if client_authority is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            # Later versions tell a client after the handshake, when it may be writing already.
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.load_verify_locations(cadata=client_authority)
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server = TlsServer(listening.getsockname()[1], script)
        thread = threading.Thread(target=_accept, args=(server, listening, context))
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            socket.create_connection(("127.0.0.1", server.port)).close()  # or accept would wait
            thread.join(timeout=30)


def _accept(server: TlsServer, listening: socket.socket, context: ssl.SSLContext) -> None:
    threads = []
    while True:
        connection, _ = listening.accept()
        if server.stopping.is_set():
            connection.close()
            break
        server.connections += 1
        threads.append(threading.Thread(target=_serve, args=(server, connection, context)))
        threads[-1].start()
    for thread in threads:
        thread.join(timeout=30)


def _serve(server: TlsServer, connection: socket.socket, context: ssl.SSLContext) -> None:
    with connection:
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                request = _read(secured)
                if request is None:
                    return
                server.asked.append(request)
                for piece in server.script(request):
                    secured.sendall(piece)
        except OSError:
            return  # the other end hung up, as it may


def _read(secured: ssl.SSLSocket) -> Request | None:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = secured.recv(65536)
        if not piece:
            return None
        head += piece
    told, _, body = head.partition(b"\r\n\r\n")
    first, *lines = told.decode().split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    while len(body) < int(headers.get("content-length", 0)):
        body += secured.recv(65536)
    return Request(method, path, headers, body)
