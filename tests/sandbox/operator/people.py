"""What a person does with kubectl, and what they see."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.canaries import Canaries
from tests.waiting import eventually

from sigopt_sandbox.installed import calls
from sigopt_sandbox.launcher import Sandbox

SPEC: dict[str, Any] = {
    "provider": "aws",
    "region": "us-west-2",
    "kubernetesVersion": "1.34",
    "cpu": {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2},
}
GPU = {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}
LONG = 150.0
SOON = 60.0
"""Generous: these are for a machine that is busy, not for what a person would wait."""


@dataclass(frozen=True)
class Person:
    """Somebody with a namespace."""

    kubectl: Kubectl
    namespace: str
    sandbox: Sandbox
    canaries: Canaries

    def arrive(self) -> None:
        self.kubectl.must("create", "namespace", self.namespace)

    def leave(self) -> None:
        self.kubectl("delete", "soc", "--all", "-n", self.namespace, f"--timeout={LONG:.0f}s")
        self.kubectl("delete", "namespace", self.namespace, "--wait=false")

    def apply(self, name: str, spec: Mapping[str, Any]) -> None:
        manifest = {
            "apiVersion": "orchestrate.sigopt.com/v1alpha1",
            "kind": "SigOptCluster",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": spec,
        }
        self.kubectl.must("apply", "-f", "-", stdin=manifest)

    def keep_secret(self, name: str, **values: str) -> None:
        """Make or change a Secret; what is secret in it must never be seen again."""
        for key, value in values.items():
            if key != "aws_access_key_id":
                self.canaries.know(value, f"{key} of Secret {self.namespace}/{name}")
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": self.namespace},
            "data": {key: base64.b64encode(v.encode()).decode() for key, v in values.items()},
        }
        self.kubectl.must("apply", "-f", "-", stdin=secret)

    def delete(self, name: str) -> None:
        self.kubectl.must("delete", "soc", name, "-n", self.namespace, "--wait=false")

    def status(self, name: str) -> dict[str, Any]:
        told = self.kubectl.must("get", "soc", name, "-n", self.namespace, "-o", "json")
        status: dict[str, Any] = json.loads(told).get("status", {})
        return status

    def condition(self, name: str, kind: str) -> dict[str, Any]:
        found = (c for c in self.status(name).get("conditions", ()) if c["type"] == kind)
        return next(found, {})

    def events(self, name: str) -> str:
        of = f"involvedObject.name={name}"
        return self.kubectl.must("get", "events", "-n", self.namespace, "--field-selector", of)

    def waits(self, name: str, until: Callable[[dict[str, Any]], bool], what: str) -> None:
        """Look at the status again and again until it is so."""
        eventually(
            lambda: until(self.status(name)),
            lambda: f"{what}; it says {self.status(name)}",
            within=LONG,
        )

    def waits_until_ready(self, name: str) -> None:
        """As `kubectl wait --for=condition=Ready`: also that it is Ready for this very spec."""
        result = self.kubectl(
            *("wait", "soc", name, "-n", self.namespace),
            *("--for=condition=Ready", f"--timeout={LONG:.0f}s"),
        )
        assert result.status == 0, f"{result.err} {self.status(name)}"

    def waits_until_gone(self, name: str) -> None:
        result = self.kubectl(
            *("wait", "soc", name, "-n", self.namespace, "--for=delete"), f"--timeout={LONG:.0f}s"
        )
        assert result.status == 0, f"{result.err} {self.status(name)}"

    def left_in_aws(self, name: str) -> list[dict[str, Any]]:
        """What exists in AWS of this cluster: by its name in a name or a tag."""
        return [leak for leak in self.sandbox.leaks() if name in json.dumps(leak)]

    def calls_of_the_operator(self) -> dict[str, int]:
        """How often the operator called each operation, since the last reset."""
        return calls(self.sandbox)

    def changes_of_the_operator(self) -> list[str]:
        """The operations among those calls that are not mere looking."""
        looking = ("Describe", "List", "Get", "Simulate")
        return [c for c in self.calls_of_the_operator() if not c.split(":")[1].startswith(looking)]
