"""The CustomResourceDefinition, made from the models; `crds/` holds what this writes."""

from typing import Any, Final

import yaml

from sigopt_operator.api.names import OWN_NAME_RULE
from sigopt_operator.api.resource import (
    GROUP,
    KIND,
    LIST_KIND,
    PLURAL,
    SHORT,
    SINGULAR,
    VERSION,
)
from sigopt_operator.api.rules import VALIDATIONS
from sigopt_operator.api.spec import ClusterSpec
from sigopt_operator.api.status import Status
from sigopt_operator.api.structural import Schema, structural

HEADER: Final = (
    "# Written by `sigopt-operator crd`; the models in sigopt_operator/api are the source.\n"
)

SHOWN_DEFAULTS: Final = frozenset(
    {
        # What a person expects `kubectl get -o yaml` to show: what the operator may do to the
        # cluster. All other defaults are the operator's own, and their effect stands in status;
        # deletionPolicy, because who adopts a cluster has to state it.
        ("spec", "managementPolicy"),
        # kstatus takes an object whose status says nothing for a finished one.
        ("status", "observedGeneration"),
    }
)


def manifest() -> dict[str, Any]:
    """The CRD as an object, ready for `kubectl apply`."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": LIST_KIND,
                "plural": PLURAL,
                "singular": SINGULAR,
                "shortNames": [SHORT],
                # Not "all": `kubectl delete all --all` would delete clusters.
                "categories": ["sigopt"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": COLUMNS,
                    "schema": {"openAPIV3Schema": _root()},
                }
            ],
        },
    }


def text() -> str:
    """The CRD as it stands in `crds/`."""
    return HEADER + yaml.safe_dump(manifest(), sort_keys=False, width=100, allow_unicode=True)


def _root() -> Schema:
    spec = structural(ClusterSpec.model_json_schema(), ("spec",), SHOWN_DEFAULTS)
    status = structural(Status.model_json_schema(mode="serialization"), ("status",), SHOWN_DEFAULTS)
    status["default"] = {
        "observedGeneration": status["properties"]["observedGeneration"]["default"]
    }
    return {
        "type": "object",
        "description": "A Kubernetes cluster for training runs, made and kept as its spec says.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": status,
        },
        VALIDATIONS: [OWN_NAME_RULE.to_crd(".spec.clusterName")],
    }


def _column(name: str, path: str, priority: int = 0, kind: str = "string") -> dict[str, Any]:
    column = {"name": name, "type": kind, "jsonPath": path}
    return {**column, "priority": priority} if priority else column


COLUMNS: Final = [
    _column("Phase", ".status.phase"),
    _column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
    _column("Version", ".status.kubernetesVersion"),
    _column("Nodes", ".status.nodes.summary"),
    _column("Progress", ".status.progress.summary"),
    _column("Age", ".metadata.creationTimestamp", kind="date"),
    _column("Endpoint", ".status.endpoint", priority=1),
    _column("Message", ".status.message", priority=1),
]
