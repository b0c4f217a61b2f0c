"""The namespace in which training runs live, with what they need there.

Its name, its service account and its rights are those of the original product (sigopt-python,
`sigopt/orchestrate`): a run's controller makes the pods of its run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sigopt_operator.plan.wish import TrainingWish, Wish
from sigopt_operator.plan.workload.components.objects import (
    Component,
    Manifest,
    ObjectId,
    component,
    role,
    role_binding,
    rule,
    service_account,
)

NAME: Final = "training"
NAMESPACE: Final = "orchestrate"
ACCOUNT: Final = ObjectId("ServiceAccount", NAMESPACE, "controller")
RIGHTS: Final = "orchestrate:controller"
KINDS: Final = (
    "Namespace",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ResourceQuota",
    "LimitRange",
)
"""Of everything below."""
POD_SECURITY: Final = "pod-security.kubernetes.io/"


def training_component(want: Wish, training: TrainingWish) -> Component:
    """The namespace first, then what lives in it."""
    return component(want, NAME, "spec.training", tuple(_objects(training)))


def _objects(training: TrainingWish) -> Iterator[Manifest]:
    yield _namespace()
    yield service_account(NAMESPACE, ACCOUNT.name)
    yield role(NAMESPACE, RIGHTS, _rules())
    yield role_binding(NAMESPACE, RIGHTS, ACCOUNT)
    if training.quota:
        yield _in_namespace("ResourceQuota", {"hard": dict(training.quota)})
    defaults = {
        "defaultRequest": dict(training.default_requests),
        "default": dict(training.default_limits),
    }
    told = {key: value for key, value in defaults.items() if value}
    if told:
        yield _in_namespace("LimitRange", {"limits": [{"type": "Container", **told}]})


def _namespace() -> Manifest:
    """Pods of it may not reach into the node; what is more than that is only noted.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    labels = {
        f"{POD_SECURITY}enforce": "baseline",
        f"{POD_SECURITY}warn": "baseline",
        f"{POD_SECURITY}audit": "restricted",
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": labels},
    }


def _rules() -> list[dict[str, object]]:
    manage = "create get list watch delete"
    return [
        rule("core", "pods configmaps", manage),
        rule("core", "pods/log", "get"),
        rule("batch", "jobs", manage),
    ]


def _in_namespace(kind: str, spec: dict[str, object]) -> Manifest:
    meta = {"name": NAME, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": spec}
