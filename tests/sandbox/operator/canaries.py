"""Secrets that must not get out: known ones, and whatever has the form of one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import yaml
from tests.sandbox.kubectl import Kubectl

from sigopt_sandbox.installed import Installed

CANARY = "canary-"
"""So begins every secret that a test makes up: found anywhere, it got out."""
FORMS = {
    "an EKS token": re.compile(r"k8s-aws-v1\.[\w-]{16}"),
    "a signature": re.compile(r"X-Amz-Signature(?:=|%3D)[0-9a-f]{16}"),
    "a service account's token": re.compile(r"\beyJ[\w-]{16,}\.[\w-]{16,}\."),
    "a secret that a test made up": re.compile(CANARY),
}
CORE = "namespaces,serviceaccounts,configmaps,leases,deployments,roles,rolebindings"
SECRET_VARIABLES = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "SIGOPT_OPERATOR_EXTERNAL_ID_SEED",
)


@dataclass
class Canaries:
    """Every secret that was used since the tests began, and where they are looked for."""

    secrets: dict[str, str] = field(default_factory=dict)
    """Each with what it is of."""

    def know(self, secret: str, of: str) -> None:
        """From now on, this one is looked for too, unless a word so short is in any text."""
        if len(secret) > 8:
            self.secrets[secret] = of

    def know_the_operators(self, operator: Installed) -> None:
        """What the operator itself runs with."""
        for name in SECRET_VARIABLES:
            if name in operator.env:
                self.know(operator.env[name], f"the operator's {name}")
        kubeconfig = yaml.safe_load(Path(operator.env["KUBECONFIG"]).read_text())
        for user in kubeconfig["users"]:
            self.know(user["user"]["token"], f"the token of {user['name']}")
        self.know(operator.sandbox.state.secret_access_key, "the sandbox's administrator")

    def found(self, places: Mapping[str, str]) -> Iterator[str]:
        """What got out, and where, without saying it again."""
        for place, text in places.items():
            for secret, of in self.secrets.items():
                if secret in text:
                    yield f"the secret of {of} is in {place}"
            for what, form in FORMS.items():
                if form.search(text):
                    yield f"{what} is in {place}"


def places(operator: Installed) -> dict[str, str]:
    """Everything that people and tools get to see of the operator's work, as it is now."""
    kubectl = Kubectl(operator.sandbox.program("kubectl"), operator.sandbox.kubeconfig)
    log = operator.log.read_text() if operator.log.exists() else ""
    shown = ("--all-namespaces", "--show-managed-fields", "-o", "json")
    return {
        "the operator's log": log,
        "its metrics": _metrics(log),
        "a SigOptCluster or an event": kubectl.must("get", "sigoptclusters,events", *shown),
        "a description": kubectl.must("describe", "sigoptclusters", "--all-namespaces"),
        "an object of Kubernetes": kubectl.must("get", CORE, *shown),
        "a Secret that it wrote": _written(kubectl),
        "the sandbox's AWS": json.dumps(operator.sandbox.dump()),
    }


def _metrics(log: str) -> str:
    """What the operator that wrote this log counts; nothing where it has ended."""
    ports = re.findall(r"probes on http://127\.0\.0\.1:(\d+)", log)
    try:
        with urlopen(f"http://127.0.0.1:{ports[-1]}/metrics", timeout=10) as answer:
            told: bytes = answer.read()
    except (IndexError, OSError):
        return ""
    return told.decode()


def _written(kubectl: Kubectl) -> str:
    mine = ("secrets", "--all-namespaces", "-l", "app.kubernetes.io/managed-by=sigopt-operator")
    found = json.loads(kubectl.must("get", *mine, "-o", "json"))["items"]
    values = [value for secret in found for value in secret.get("data", {}).values()]
    return "\n".join(base64.b64decode(value).decode() for value in values)


def nothing_secret_got_out(canaries: Canaries, operator: Installed) -> None:
    """Fail with what got out, and where."""
    canaries.know_the_operators(operator)
    assert list(canaries.found(places(operator))) == []
