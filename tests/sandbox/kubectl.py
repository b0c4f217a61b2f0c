"""kubectl as a person types it, against a given cluster."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigopt_sandbox.kubernetes.management import Management
from sigopt_sandbox.processes import wait_until

CRD = Path(__file__).parents[2] / "crds" / "sigoptclusters.yaml"


@dataclass(frozen=True)
class Result:
    """What kubectl answered."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Kubectl:
    """A kubectl and the kubeconfig that it uses."""

    program: Path
    kubeconfig: Path

    def __call__(self, *args: str, stdin: Mapping[str, Any] | None = None) -> Result:
        """Run it; `stdin` is an object for `-f -`. Any exit status is an answer."""
        return self.typed(*args, stdin=None if stdin is None else json.dumps(stdin))

    def typed(self, *args: str, stdin: str | None = None) -> Result:
        """The same, with a text for `-f -` as somebody wrote it."""
        done = subprocess.run(
            [str(self.program), f"--kubeconfig={self.kubeconfig}", *args],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def must(self, *args: str, stdin: Mapping[str, Any] | None = None) -> str:
        """Run it; its output, and no other exit status than 0."""
        result = self(*args, stdin=stdin)
        assert result.status == 0, f"kubectl {' '.join(args)}: {result.err}"
        return result.out

    def await_crds(self) -> None:
        """Return once the API server serves every CRD that it has.

        `kubectl wait` itself ends with an error while a new one has no conditions at all.
        """
        wait = ("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        wait_until(lambda: self(*wait).status == 0, what="every CRD is served")


def with_crd(management: Management) -> Kubectl:
    """The administrator's kubectl, once the API server serves SigOptClusters."""
    kubectl = Kubectl(management.programs.path("kubectl"), management.kubeconfig)
    kubectl.must("apply", "--server-side", "-f", str(CRD))
    kubectl.await_crds()
    return kubectl
