"""A cluster that is not the operator's: a real API server of somebody else, and its kubeconfigs."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.documents import document
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.people import Person

KINDS = "serviceaccounts,secrets,configmaps,namespaces,nodes,clusterroles,clusterrolebindings,roles"
SECRET_IN_A_USER = frozenset({"token", "password", "client-key-data"})


@dataclass(frozen=True)
class Another:
    """What its administrator does."""

    kubectl: Kubectl

    def add_node(self, name: str, *, ready: bool) -> None:
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        self.kubectl.must("create", "-f", "-", stdin=node)
        condition = {"type": "Ready", "status": str(ready)}
        patch = json.dumps({"status": {"conditions": [condition]}})
        self.kubectl.must("patch", "node", name, "--subresource=status", "-p", patch)

    def look_kubeconfig(self, directory: Path) -> dict[str, Any]:
        """The kubeconfig that the commands in the docs make, typed as they stand there."""
        fences = document("docs/resource.md").fences
        (recipe,) = [f.text for f in fences if "create serviceaccount sigopt-look" in f.text]
        self.shell(recipe, directory)
        found: dict[str, Any] = yaml.safe_load((directory / "look.kubeconfig").read_text())
        return found

    def allow_training(self) -> None:
        """The rights that the docs list."""
        fences = document("docs/resource.md").fences
        (rights,) = [f.text for f in fences if "name: sigopt-training" in f.text]
        self.kubectl.must("apply", "-f", "-", stdin=yaml.safe_load(rights))
        account = "--serviceaccount=kube-system:sigopt-look"
        binding = ("clusterrolebinding", "sigopt-training", "--clusterrole=sigopt-training")
        self.kubectl.must("create", *binding, account)

    def shell(self, commands: str, directory: Path) -> None:
        """As its administrator types them."""
        env = os.environ | {
            "KUBECONFIG": str(self.kubectl.kubeconfig),
            "PATH": f"{self.kubectl.program.parent}:{os.environ['PATH']}",
        }
        shell = ["bash", "-euc", commands]
        subprocess.run(shell, env=env, cwd=directory, check=True, capture_output=True, timeout=60)

    def take_away(self) -> None:
        """What the tests made in it."""
        self.kubectl.must("delete", "nodes", "--all")
        for name in ("sigopt-look", "sigopt-training"):
            self.kubectl("delete", "clusterrole,clusterrolebinding", name)
        self.kubectl("delete", "namespace", "orchestrate", "--wait=false")
        self.kubectl("delete", "secret,serviceaccount", "sigopt-look", "-n", "kube-system")

    def standing(self) -> dict[str, str]:
        """Everything in it that is not on its way out, with the version of each."""
        told = json.loads(self.kubectl.must("get", KINDS, "-A", "-o", "json"))["items"]
        going = {e["metadata"]["name"] for e in told if "deletionTimestamp" in e["metadata"]}
        return {
            f"{each['kind']} {each['metadata']['name']}": _version(each)
            for each in told
            if not {each["metadata"]["name"], each["metadata"].get("namespace")} & going
        }


def _version(each: dict[str, Any]) -> str:
    """Of a token's Secret only which it is: the API server itself notes there when it was used."""
    token = each.get("type") == "kubernetes.io/service-account-token"
    return str(each["metadata"]["uid" if token else "resourceVersion"])


def give(person: Person, kubeconfig: dict[str, Any] | str, name: str = "mine") -> None:
    """Put it into the Secret that the resource names."""
    if isinstance(kubeconfig, str):
        person.keep_secret(name, kubeconfig=kubeconfig)
        return
    for user in kubeconfig.get("users", ()):
        for what in SECRET_IN_A_USER & user["user"].keys():
            person.canaries.know(user["user"][what], f"{what} of {person.namespace}/{name}")
    person.keep_secret(name, kubeconfig=yaml.safe_dump(kubeconfig))


def custom(name: str = "mine") -> dict[str, Any]:
    """The spec of a custom cluster."""
    return {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": name}}}


def altered(found: dict[str, Any], *, user: Any = None, **cluster: Any) -> dict[str, Any]:
    """The kubeconfig with another entry for whom its context names, and other fields of its server.

    A field that is None is taken away.
    """
    new: dict[str, Any] = json.loads(json.dumps(found))
    (context,) = [c["context"] for c in new["contexts"] if c["name"] == new["current-context"]]
    for each in new["users"]:
        if user is not None and each["name"] == context["user"]:
            each["user"] = user
    for each in new["clusters"]:
        if each["name"] == context["cluster"]:
            told = {**each["cluster"], **{k.replace("_", "-"): v for k, v in cluster.items()}}
            each["cluster"] = {key: value for key, value in told.items() if value is not None}
    return new


def says(kind: str, reason: str) -> Any:
    """A status in which a condition has that reason."""

    def found(status: dict[str, Any]) -> bool:
        return any(c["type"] == kind and c["reason"] == reason for c in status["conditions"])

    return lambda status: "conditions" in status and found(status)
