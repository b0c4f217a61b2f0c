"""SigOptClusters for tests, as a person would write them."""

from collections.abc import Mapping
from typing import Any

from sigopt_operator.api.resource import API_VERSION, KIND

Object = dict[str, Any]

POOL: Mapping[str, Any] = {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2}
KUBECONFIG: Mapping[str, Any] = {"kubeconfigSecretRef": {"name": "mine"}}


def resource(spec: Object, name: str = "tiny-cluster") -> Object:
    """A manifest in namespace default."""
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec}


def aws(**fields: Any) -> Object:
    """A manifest with provider aws and a CPU pool, unless `fields` say otherwise."""
    spec = {"provider": "aws", "cpu": dict(POOL), **fields}
    return resource({key: value for key, value in spec.items() if value is not None})


def custom(**fields: Any) -> Object:
    """A manifest with provider custom and a kubeconfig, unless `fields` say otherwise."""
    spec = {"provider": "custom", "custom": dict(KUBECONFIG), **fields}
    return resource({key: value for key, value in spec.items() if value is not None})


def pool(**fields: Any) -> Object:
    """A pool, with `fields` in place of its own; None takes one away."""
    merged = {**POOL, **fields}
    return {key: value for key, value in merged.items() if value is not None}
