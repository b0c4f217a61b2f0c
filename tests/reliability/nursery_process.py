"""The process from which operators are forked: it imports the operator once.

`python -m tests.reliability.nursery_process` reads orders on standard input, one JSON object a
line, and reports on standard output; it ends, and every operator with it, when its input does.

A fork costs some milliseconds where a start costs two seconds of a core. What the child runs is
what `sigopt-operator run` runs, from its command line on.
"""

from __future__ import annotations

import concurrent.futures
import ctypes
import gc
import json
import logging
import os
import selectors
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn, cast

import boto3
import botocore.session
from kubernetes import client
from kubernetes.aio import client as aio_client
from tests.reliability.tap import Tap, Wiring

from sigopt_operator import cli, operate
from sigopt_operator.aws import clients, models
from sigopt_operator.reconcile import assembly

_PR_SET_PDEATHSIG = 1
_MOST_FILES = 256
SERVICES = "cloudformation ec2 eks iam sts autoscaling elb elbv2 service-quotas".split()
PRELOADED = (
    *(operate, assembly, concurrent.futures.ThreadPoolExecutor),
    *(client.CoreV1Api, client.CustomObjectsApi, client.AuthorizationV1Api, client.ApisApi),
    *(aio_client.CustomObjectsApi, aio_client.CoordinationV1Api, aio_client.ApisApi),
    aio_client.AuthorizationV1Api,
)
"""Imported here, so that no child has to; the Kubernetes client imports each of its parts, of
thousands of lines, when it is first used."""


def main() -> None:
    """Serve orders until there are no more."""
    _read_descriptions()
    gc.collect()
    gc.freeze()  # what is shared stays shared
    nursery = _Nursery()
    _say(ready=os.getpid())
    nursery.serve()


class _Nursery:
    def __init__(self) -> None:
        self._children: set[int] = set()
        self._wake, wakes = socket.socketpair()
        self._wake.setblocking(False)
        wakes.setblocking(False)
        self._wakes = wakes
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever has this process ends it
        signal.set_wakeup_fd(wakes.fileno())

    def serve(self) -> None:
        """Fork and signal as ordered."""
        selector = selectors.DefaultSelector()
        selector.register(0, selectors.EVENT_READ)
        selector.register(self._wake, selectors.EVENT_READ)
        waiting = b""
        while True:
            for key, _ in selector.select():
                if key.fileobj is self._wake:
                    self._wake.recv(4096)
                    self._collect()
                    continue
                read = os.read(0, 1 << 16)
                if not read:
                    self._end()
                    return
                *lines, waiting = (waiting + read).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))

    def _obey(self, order: dict[str, Any]) -> None:
        if "signal" in order:
            if order["pid"] in self._children:
                os.kill(order["pid"], order["signal"])
            return
        pid = os.fork()
        if pid == 0:
            _be_an_operator(order)
        self._children.add(pid)
        _say(born=order["id"], pid=pid)

    def _collect(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._children.discard(pid)
            _say(ended=pid, code=os.waitstatus_to_exitcode(status))

    def _end(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _be_an_operator(order: dict[str, Any]) -> NoReturn:
    code = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _output_to(Path(order["log"]))
        os.environ.clear()
        os.environ.update(order["env"])
        if order["tap"]:
            Tap(Wiring.of(order["tap"])).install()
        code = cli.main(order["argv"])
    except BaseException:  # noqa: BLE001 - whatever it was, it is told in the log
        traceback.print_exc()
    finally:
        logging.shutdown()
        sys.stderr.flush()
        os._exit(code)


def _output_to(log: Path) -> None:
    with log.open("ab") as output, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.closerange(3, _MOST_FILES)


def _read_descriptions() -> None:
    """Let every operator find the descriptions of AWS's services read already: 30 MB of JSON."""
    read = models.loader()
    session = botocore.session.get_session()
    boto3.Session(botocore_session=session)  # it adds the path under which its own are found
    session.register_component("data_loader", read)
    for service in SERVICES:
        session.create_client(
            service, region_name="us-west-2", aws_access_key_id="none", aws_secret_access_key="none"
        )
    make: Any = models.loader

    def prepared() -> Any:
        made = make()
        made._cache.update(cast(Any, read)._cache)
        return made

    cast(Any, clients).loader = prepared


def _say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
