"""Weather before an API server, started and told from Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sigopt_sandbox.kubernetes.kubeconfig import read_access, write_kubeconfig
from sigopt_sandbox.ports import LOOPBACK, Ports
from sigopt_sandbox.processes import start, stop, wait_until
from sigopt_sandbox.weather.sky import EVERYBODY, PATH
from sigopt_sandbox.web import answers, call


@dataclass(frozen=True)
class Before:
    """A proxy that runs; who talks to it meets its weather."""

    url: str

    def kubeconfig(self, of: Path, path: Path) -> Path:
        """Write the kubeconfig of who has that one, but through the weather; its path."""
        return write_kubeconfig(path, replace(read_access(of), server=self.url))

    def weather(self, climate: Mapping[str, Any] | None, over: str = EVERYBODY) -> None:
        """The climate over a namespace, or over all others; None ends it."""
        method = "DELETE" if climate is None else "PUT"
        call(method, f"{self.url}{PATH}/{over}", climate)

    def so_far(self) -> dict[str, dict[str, int]]:
        """By namespace: how many requests met the weather, and what it did to them."""
        told: dict[str, dict[str, int]] = call("GET", f"{self.url}{PATH}")
        return told


@contextmanager
def before_api_server(kubeconfig: Path, directory: Path) -> Iterator[Before]:
    """Weather before the API server of that kubeconfig; it ends with the block."""
    access = read_access(kubeconfig)
    directory.mkdir(parents=True, exist_ok=True)
    authority = directory / "ca.crt"
    authority.write_bytes(access.authority)
    with closing(Ports()) as ports:
        port = ports.take()
        argv = (
            *(sys.executable, "-P", "-m", "sigopt_sandbox.weather.kubernetes"),
            f"--port={port}",
            f"--upstream={access.server}",
            f"--authority={authority}",
        )
        child = start("weather", argv, log=directory / "weather.log")
        try:
            url = f"http://{LOOPBACK}:{port}"
            ready = partial(answers, f"{url}{PATH}")
            wait_until(ready, what="the weather", children=[child])
            yield Before(url)
        finally:
            stop([child])
