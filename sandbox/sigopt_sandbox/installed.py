"""The operator in a sandbox, installed as on a real cluster: deploy/base, its RBAC, its IAM policy.

It runs as a process, since a sandbox's management cluster has no nodes, with the token of
deploy/base's ServiceAccount and the access key of an IAM user with the least policy of deploy/iam.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

from sigopt_sandbox.launcher import Sandbox
from sigopt_sandbox.processes import Child, start, wait_until

NAME = "sigopt-operator"
"""Of the namespace, the ServiceAccount and the IAM user."""
IN_THE_IMAGE = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""What the Dockerfile sets and matters here too."""
_WATCHING = "watching "


@dataclass(frozen=True)
class Installed:
    """What an operator process in this sandbox runs with."""

    sandbox: Sandbox
    env: dict[str, str]
    log: Path
    program: tuple[str, ...] = (str(Path(sys.executable).with_name(NAME)),)
    """What is started: `sigopt-operator`, or what runs it in its own way."""
    flags: tuple[str, ...] = ()
    """More of the command line; a flag that was given already is overruled."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line of the operator."""
        return (
            *(*self.program, "run"),
            *("--lease-namespace", NAME),
            *("--clock-speed", str(self.sandbox.state.speed)),
            *("--probe-address", "127.0.0.1", "--probe-port", "0", "--log-format", "plain"),
            *self.flags,
        )

    def run(self) -> Child:
        """Start it; it ends with this process at the latest. Returns when it watches."""
        child = start(NAME, self.argv, log=self.log, env=self.env)
        wait_until(
            lambda: _WATCHING in child.log.read_text(), what="the operator", children=[child]
        )
        return child

    def leave_running(self) -> int:
        """Start it to outlive this process; its process id, which is also kept beside the log."""
        with self.log.open("wb") as output:
            process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.env,
                start_new_session=True,
            )
        _pid_file(self.sandbox).write_text(str(process.pid))
        return process.pid


def install(sandbox: Sandbox, deploy: Path, what: str = "base") -> Installed:
    """Apply deploy/base, or another kustomization there; make the IAM user, and say what the
    operator is to run with."""
    kubectl = str(sandbox.program("kubectl"))
    environment = os.environ | sandbox.env()
    apply = [kubectl, "apply", "-k", str(deploy / what)]
    subprocess.run(apply, env=environment, check=True, stdout=subprocess.DEVNULL)
    wait = [kubectl, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]

    def served() -> bool:
        done = subprocess.run(wait, env=environment, check=False, capture_output=True)
        return done.returncode == 0

    # It ends with an error while a new CRD has no conditions at all.
    wait_until(served, what="every CRD is served")
    directory = sandbox.layout.directory / "operator"
    directory.mkdir(exist_ok=True, mode=0o700)
    kubeconfig = sandbox.service_account_kubeconfig(NAME, NAME, directory / "kubeconfig")
    key_id, secret = _iam_user(sandbox, (deploy / "iam" / "sigopt-operator.json").read_text())
    env = environment | {
        **IN_THE_IMAGE,
        "KUBECONFIG": str(kubeconfig),
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
    }
    return Installed(sandbox, env, directory / "operator.log")


def calls(sandbox: Sandbox) -> dict[str, int]:
    """How often the operator called each AWS operation, since the count was last reset.

    Without GetCallerIdentity: that is nearly always EKS, asking whose an EKS token is.
    """
    by: dict[str, int] = sandbox.calls()["by"].get(NAME, {})
    return {name: count for name, count in by.items() if name != "sts:GetCallerIdentity"}


def end_left_running(sandbox: Sandbox) -> None:
    """End the operator that `leave_running` started in this sandbox, if it still runs."""
    path = _pid_file(sandbox)
    if not path.exists():
        return
    pid = int(path.read_text())
    command = Path(f"/proc/{pid}/cmdline")
    # A pid may have been given to another process since.
    if command.exists() and NAME.encode() in command.read_bytes():
        os.kill(pid, signal.SIGTERM)
    path.unlink()


def _pid_file(sandbox: Sandbox) -> Path:
    return sandbox.layout.directory / "operator" / "pid"


def _iam_user(sandbox: Sandbox, policy: str) -> tuple[str, str]:
    """The operator's own identity: exactly the rights that deploy/ asks an administrator for."""
    state = sandbox.state
    iam = boto3.client(
        "iam",
        endpoint_url=state.aws_url,
        region_name=state.region,
        aws_access_key_id=state.access_key_id,
        aws_secret_access_key=state.secret_access_key,
        config=Config(connect_timeout=5, read_timeout=30),
    )
    users = (user["UserName"] for user in iam.list_users()["Users"])
    if NAME not in users:
        iam.create_user(UserName=NAME)
    # A policy inside a user has at most 2,048 characters; one of its own has 6,144.
    arn = f"arn:aws:iam::{state.account}:policy/{NAME}"
    if NAME not in (found["PolicyName"] for found in iam.list_policies(Scope="Local")["Policies"]):
        iam.create_policy(PolicyName=NAME, PolicyDocument=policy)
    iam.attach_user_policy(UserName=NAME, PolicyArn=arn)
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    sandbox.admin("POST", "baseline")
    return key["AccessKeyId"], key["SecretAccessKey"]
