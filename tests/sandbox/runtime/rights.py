"""The rights of deploy/, in Roles of one test's own, from which any single one can be taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.sandbox.kubectl import Kubectl

DEPLOY = Path(__file__).parents[3] / "deploy"
ACCOUNT = "operator"
FILES = {
    "served": DEPLOY / "overlays" / "namespaced" / "served" / "rbac.yaml",
    "lease": DEPLOY / "base" / "rbac.yaml",
    "argocd": DEPLOY / "components" / "argocd" / "rbac.yaml",
}


@dataclass(frozen=True)
class Right:
    """One verb of one rule."""

    where: str
    """In a namespace that is served, where the lease is, or where Argo CD is."""
    rule: int
    verb: str
    resource: str

    def __str__(self) -> str:
        return f"{self.where}: {self.verb} {self.resource}"


def rules(where: str) -> list[dict[str, Any]]:
    """Those of the one Role in that file."""
    (role,) = [
        each for each in yaml.safe_load_all(FILES[where].read_text()) if each["kind"] == "Role"
    ]
    found: list[dict[str, Any]] = role["rules"]
    return found


def rights() -> Iterator[Right]:
    """Every one that deploy/ gives."""
    for where in FILES:
        for number, rule in enumerate(rules(where)):
            for verb in rule["verbs"]:
                yield Right(where, number, verb, rule["resources"][0])


@dataclass(frozen=True)
class Account:
    """A ServiceAccount, and the namespaces in which it has rights."""

    kubectl: Kubectl
    namespace: str
    """Served, and with the lease."""
    argocd: str

    def begin(self) -> None:
        self.kubectl.must("create", "serviceaccount", ACCOUNT, "-n", self.namespace)
        for where in FILES:
            binding = {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": {"name": where, "namespace": self._place(where)},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "Role",
                    "name": where,
                },
                "subjects": [
                    {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": self.namespace}
                ],
            }
            self.kubectl.must("create", "-f", "-", stdin=binding)

    def grant(self, *, without: Right | None = None) -> None:
        """Exactly the rights of deploy/, or all of them but one."""
        items = [self._role(where, without) for where in FILES]
        told = {"apiVersion": "v1", "kind": "List", "items": items}
        self.kubectl.must("apply", "-f", "-", stdin=told)

    def _role(self, where: str, without: Right | None) -> dict[str, Any]:
        kept = []
        for number, rule in enumerate(rules(where)):
            gone = without and (without.where, without.rule) == (where, number)
            verbs = [v for v in rule["verbs"] if not (gone and without and v == without.verb)]
            if verbs:
                kept.append({**rule, "verbs": verbs})
        return {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": where, "namespace": self._place(where)},
            "rules": kept,
        }

    def _place(self, where: str) -> str:
        return self.argocd if where == "argocd" else self.namespace
