"""`sigopt-operator run` in a sandbox, as deploy/base would run it: its account, its rights."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.kubectl import Kubectl

from sigopt_sandbox.launcher import Sandbox

BASE = Path(__file__).parents[2] / "deploy" / "base"
NAME = "sigopt-operator"


@dataclass(frozen=True)
class Deployment:
    """deploy/base in a sandbox; its operator runs as a process of this machine."""

    sandbox: Sandbox
    kubectl: Kubectl
    kubeconfig: Path
    log: Path

    @contextmanager
    def operator(self) -> Iterator["subprocess.Popen[bytes]"]:
        """A running operator, killed with the block if it did not end before."""
        command = [str(Path(sys.executable).with_name(NAME)), "run"]
        command += ["--kubeconfig", str(self.kubeconfig), "--lease-namespace", NAME]
        command += ["--probe-address", "127.0.0.1", "--probe-port", "0"]
        command += ["--clock-speed", str(self.sandbox.state.speed)]
        # One that was killed cannot give its lease back, and tests need not wait until it expires.
        self.kubectl.must("delete", "leases", "--all", "-n", NAME)
        with self.log.open("ab") as log:
            child = subprocess.Popen(command, env=os.environ | self.sandbox.env(), stderr=log)
        try:
            yield child
        finally:
            child.kill()
            child.wait()


def deployed(sandbox: Sandbox, directory: Path) -> Deployment:
    """Apply deploy/base, and become its account."""
    kubectl = Kubectl(sandbox.program("kubectl"), sandbox.kubeconfig)
    kubectl.must("apply", "-k", str(BASE))
    kubectl.must("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    kubeconfig = sandbox.service_account_kubeconfig(NAME, NAME, directory / "kubeconfig")
    return Deployment(sandbox, kubectl, kubeconfig, directory / "operator.log")
