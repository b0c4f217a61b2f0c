"""The simulated AWS alone, without endpoints for clusters: for the contract tests of its services.

The one process of a test session is the fixture `aws` (conftest.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.validate import validate_parameters

from sigopt_sandbox import processes
from sigopt_sandbox.ports import Ports

ACCOUNT = "111122223333"
REGION = "us-west-2"
SPEED = 1200.0
VCPUS = "ec2/L-1216C47A"
"""The quota of vCPUs of ordinary on-demand instances."""
"""Simulated seconds a second: a control plane of ten minutes takes half a second."""
WITHIN = 60.0
"""Real seconds in which whatever a test waits for must have come, also on a busy machine."""

_ROOT = Path(__file__).resolve().parents[2]


class AdminError(Exception):
    """The admin API refused."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Aws:
    """A running simulated AWS."""

    url: str

    def client(
        self,
        service: str,
        key: str = ACCOUNT,
        secret: str = "test",
        token: str | None = None,
        region: str = REGION,
    ) -> Any:
        """A boto3 client that never retries; a 12-digit key is that account's root."""
        config = Config(retries={"mode": "standard", "total_max_attempts": 1})
        client = boto3.client(  # type: ignore[call-overload]  # the name is not known here
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=config,
        )
        if service == "eks":
            client.meta.events.register("after-call.eks", _check_answer)
        return client

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the sandbox's own API; raises AdminError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AdminError(error.code, json.loads(error.read())) from error

    @contextlib.contextmanager
    def switched(self, **switches: Any) -> Iterator[None]:
        """Answer EKS's open questions otherwise, for a while."""
        before = self.admin("GET", "eks/switches")
        self.admin("PUT", "eks/switches", switches)
        try:
            yield
        finally:
            self.admin("PUT", "eks/switches", before)

    @contextlib.contextmanager
    def slowly(self) -> Iterator[None]:
        """What begins in the block takes longer: an hour of AWS's a minute, not three seconds."""
        self.admin("PUT", "speed", {"speed": 60})
        try:
            yield
        finally:
            self.admin("PUT", "speed", {"speed": int(SPEED)})

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """EKS's own time stands still for a while, unless it is advanced."""
        self.admin("POST", "eks/clock", {"freeze": True})
        try:
            yield
        finally:
            self.admin("POST", "eks/clock", {"freeze": False})

    @contextlib.contextmanager
    def without_vcpus(self) -> Iterator[None]:
        """No instance can be launched for a while: the account's quota is 0."""
        self.admin("PUT", "quotas", {VCPUS: 0})
        self.admin("PUT", "switches", {"quotas": True})
        try:
            yield
        finally:
            self.admin("PUT", "switches", {"quotas": False})
            self.admin("PUT", "quotas", {VCPUS: None})

    @contextlib.contextmanager
    def frozen(self, what: str) -> Iterator[None]:
        """Hold the transitions of `what` for a while."""
        self.admin("POST", "freeze", {"what": what, "on": True})
        try:
            yield
        finally:
            self.admin("POST", "freeze", {"what": what, "on": False})


def _check_answer(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Every answer that any test gets has the form of the EKS model."""
    answer = {k: v for k, v in parsed.items() if k not in ("ResponseMetadata", "Error")}
    if "Error" not in parsed and model.output_shape is not None:
        validate_parameters(answer, model.output_shape)


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def until(condition: Callable[[], Any], what: str, within: float = WITHIN) -> Any:
    """The condition's first truthy value."""
    answer: Any = None

    def holds() -> bool:
        nonlocal answer
        answer = condition()
        return bool(answer)

    processes.wait_until(holds, what=what, seconds=within)
    return answer


@contextlib.contextmanager
def running(directory: Path, speed: float = SPEED) -> Iterator[Aws]:
    """Start a simulated AWS on a free port, and end it after."""
    ports = Ports()
    port = ports.take()
    python = os.environ.get("SANDBOX_AWS_PYTHON", str(_ROOT / ".venv-aws" / "bin" / "python"))
    argv = [python, "-m", "sigopt_sandbox.aws", "--port", str(port), "--speed", str(speed)]
    argv += ["--dir", str(directory), "--endpoints", "none"]
    env = {**os.environ, "PYTHONPATH": str(_ROOT / "sandbox")}
    child = processes.start("aws", argv, log=directory / "aws.log", env=env)
    aws = Aws(f"http://127.0.0.1:{port}")
    try:
        until(lambda: _ready(aws, child), "the simulated AWS answers")
        yield aws
    finally:
        sys.stderr.write(child.last_lines(40))  # shown with a failing test only
        child.process.terminate()
        child.process.wait(timeout=60)
        ports.close()


def _ready(aws: Aws, child: processes.Child) -> bool:
    child.check()
    try:
        return bool(aws.admin("GET", "ready")["ready"])
    except OSError:
        return False
